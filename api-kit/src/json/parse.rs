//! From bytes to what a command asks for.

use std::fmt::Write;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;

use super::MOST_LEVELS;
use super::named::Named;
use crate::Problem;
use crate::problem::FieldError;

/// A JSON value that is shallow and free of U+0000.
pub(crate) struct Parsed(Value);

impl Parsed {
    pub(crate) fn new(bytes: &[u8]) -> Result<Self, Problem> {
        if depth(bytes) > MOST_LEVELS {
            return Err(Problem::invalid("", format!("nested more than {MOST_LEVELS} levels deep")));
        }
        let value: Value = serde_json::from_slice(bytes).map_err(|error| Problem::MalformedJson(error.to_string()))?;
        let mut found = vec![];
        find_nul(&value, &mut String::new(), &mut found);
        if found.is_empty() { Ok(Self(value)) } else { Err(Problem::Invalid(found)) }
    }

    /// The value as `T`; what `T` does not ask for is refused.
    pub(crate) fn read<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let mut unknown = vec![];
        let mut note = |path: serde_ignored::Path<'_>| {
            unknown.push(FieldError { pointer: ignored_pointer(&path), detail: "unknown field".to_owned() });
        };
        let read = serde_path_to_error::deserialize(serde_ignored::Deserializer::new(Named(self.0), &mut note));
        match read {
            Ok(value) if unknown.is_empty() => Ok(value),
            Ok(_) => Err(Problem::Invalid(unknown)),
            Err(error) => Err(Problem::Invalid(vec![explain(&error)])),
        }
    }

    /// The same bytes for the same value, whatever its spacing and the order of its keys.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut text = String::new();
        write_canonical(&self.0, &mut text);
        text.into_bytes()
    }
}

/// Levels of brackets outside of strings; of what is no JSON, anything.
fn depth(bytes: &[u8]) -> usize {
    let (mut deepest, mut level, mut in_string, mut escaped) = (0, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                level += 1;
                deepest = deepest.max(level);
            }
            b']' | b'}' if !in_string => level = level.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn find_nul(value: &Value, at: &mut String, found: &mut Vec<FieldError>) {
    let mut check = |text: &str, at: &str| {
        if text.contains('\0') {
            found.push(FieldError { pointer: at.to_owned(), detail: "contains U+0000".to_owned() });
        }
    };
    let length = at.len();
    match value {
        Value::String(text) => check(text, at),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                push(at, &index.to_string());
                find_nul(item, at, found);
                at.truncate(length);
            }
        }
        Value::Object(fields) => {
            for (key, field) in fields {
                push(at, key);
                if key.contains('\0') {
                    found.push(FieldError { pointer: at.clone(), detail: "the key contains U+0000".to_owned() });
                }
                find_nul(field, at, found);
                at.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Appends a token to a JSON pointer (RFC 6901).
fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
}

fn ignored_pointer(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    let (parent, token) = match path {
        Path::Root => return String::new(),
        Path::Seq { parent, index } => (parent, Some(index.to_string())),
        Path::Map { parent, key } => (parent, Some(key.clone())),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => (parent, None),
    };
    let mut pointer = ignored_pointer(parent);
    if let Some(token) = token {
        push(&mut pointer, &token);
    }
    pointer
}

/// Where and what, in words without serde's quotes around names.
fn explain(error: &serde_path_to_error::Error<serde_json::Error>) -> FieldError {
    let mut pointer = String::new();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => push(&mut pointer, &index.to_string()),
            Segment::Map { key } => push(&mut pointer, key),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let detail = error.inner().to_string();
    if let Some(name) = detail.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        push(&mut pointer, name);
        return FieldError { pointer, detail: "required".to_owned() };
    }
    let detail = if detail.starts_with("unknown field") { "unknown field".to_owned() } else { detail.replace('`', "") };
    FieldError { pointer, detail }
}

fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(fields) => write_object(fields, text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            // Writing into a String does not fail.
            let _ = write!(text, "{value}");
        }
    }
}

fn write_object(fields: &Map<String, Value>, text: &mut String) {
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(key, _)| *key);
    text.push('{');
    for (key, field) in sorted {
        let _ = write!(text, "{}:", Value::String(key.clone()));
        write_canonical(field, text);
        text.push(',');
    }
    text.push('}');
}
