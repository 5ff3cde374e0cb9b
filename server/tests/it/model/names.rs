//! Names for what has an id, so that stories can be read and answers compared: `room 3` for a UUID, `minute 2` for a time.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::{Builder, Uuid};

use super::world::Number;

/// What is told of by name.
#[derive(Debug)]
pub(super) struct Names {
    /// Tells the ids and names of this case from those of others.
    case: u32,
    start: OffsetDateTime,
    called: BTreeMap<String, String>,
    /// The last position of each thing that was done, and its place in the order of everything.
    ticks: BTreeMap<i64, i64>,
}

/// Kinds of ids that are chosen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Thing {
    Room = 1,
    Message,
    Role,
    Call,
}

impl Names {
    pub(super) fn new(case: u32, start: OffsetDateTime) -> Self {
        Self { case, start, called: BTreeMap::new(), ticks: BTreeMap::new() }
    }

    /// What names of rooms end with.
    pub(super) fn tag(&self) -> String {
        format!(" of {}", self.case)
    }

    /// The id that is chosen for something: later ones are greater.
    pub(super) fn id(&mut self, thing: Thing, number: Number) -> Uuid {
        let ([_, case @ ..], number) = (self.case.to_be_bytes(), number.to_be_bytes());
        let random = [0, thing as u8, 0, case[0], case[1], case[2], number[0], number[1], number[2], number[3]];
        let millis = u64::try_from(self.start.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        let id = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
        let kind = match thing {
            Thing::Room => "room",
            Thing::Message => "message",
            Thing::Role => "role",
            Thing::Call => "call",
        };
        self.call(&id.to_string(), &format!("{kind} {}", u32::from_be_bytes(number)));
        id
    }

    /// Says what an id or a code is called.
    pub(super) fn call(&mut self, id: &str, name: &str) {
        self.called.insert(id.to_owned(), name.to_owned());
    }

    /// Says that what was done in its place in the order of everything ended at a position.
    pub(super) fn done(&mut self, position: i64, tick: i64) {
        if self.ticks.last_key_value().is_none_or(|(last, _)| *last < position) {
            self.ticks.insert(position, tick);
        }
    }

    /// A text with names instead of ids.
    pub(super) fn told(&self, text: &str) -> String {
        let known = self.called.iter().filter(|(id, _)| text.contains(id.as_str()));
        known.fold(text.to_owned(), |text, (id, name)| text.replace(id.as_str(), name))
    }

    /// JSON with names instead of ids.
    pub(super) fn named(&self, value: Value) -> Value {
        match value {
            Value::String(text) => json!(self.word(&text)),
            Value::Array(items) => items.into_iter().map(|item| self.named(item)).collect(),
            Value::Object(fields) => {
                let field = |(key, value): (String, Value)| {
                    let value = if key.ends_with("position") { self.tick(&value) } else { self.named(value) };
                    (key, value)
                };
                let mut fields: serde_json::Map<_, _> = fields.into_iter().map(field).collect();
                if let Some(Value::Array(members)) = fields.get_mut("member_ids") {
                    members.sort_by_key(ToString::to_string);
                }
                Value::Object(fields)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value,
        }
    }

    fn tick(&self, position: &Value) -> Value {
        let Some(at) = position.as_i64() else { return position.clone() };
        self.ticks.range(at..).next().map_or_else(|| position.clone(), |(_, tick)| json!(tick))
    }

    fn word(&self, text: &str) -> String {
        if let Some(name) = self.called.get(text) {
            return name.clone();
        }
        if let Ok(time) = OffsetDateTime::parse(text, &Rfc3339) {
            let since = (time - self.start).as_seconds_f64() / 60.0;
            return format!("minute {since}");
        }
        if Uuid::try_parse(text).is_ok() {
            return "?".to_owned();
        }
        text.strip_suffix(&self.tag()).unwrap_or(text).to_owned()
    }
}
