//! Sealing and opening the fields of a payload: `{"key", "open"}` in memory, `{"key", "box"}` in the log.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::Cipher;

const KEY: &str = "key";
/// The field of a readable value.
pub(crate) const OPEN: &str = "open";
/// The field of a sealed one: base64 of nonce and ciphertext.
pub(super) const BOX: &str = "box";

/// Where a field stands: its ciphertext opens nowhere else.
pub(crate) struct Place<'a> {
    pub(crate) event_id: Uuid,
    pub(crate) stream: &'a str,
    pub(crate) event_type: &'a str,
}

impl Place<'_> {
    fn associated_data(&self, field: &str) -> Vec<u8> {
        format!("{}\n{}\n{}\n{field}", self.event_id, self.stream, self.event_type).into_bytes()
    }
}

/// A ciphertext, key or place is not what it was.
#[derive(Debug)]
pub(super) struct DoesNotOpen;

/// The names of the keys of a payload's fields that hold `form` (readable or sealed), in order of appearance.
pub(crate) fn named(payload: &Value, form: &str) -> Vec<String> {
    let mut names = Vec::new();
    collect(payload, form, &mut names);
    names
}

fn collect(value: &Value, form: &str, names: &mut Vec<String>) {
    match value {
        Value::Object(fields) => match marked(fields, form) {
            Some(name) => names.push(name.to_owned()),
            None => fields.values().for_each(|field| collect(field, form, names)),
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, form, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The key's name, if these are the two fields of a sealed value in this form.
fn marked<'a>(fields: &'a Map<String, Value>, form: &str) -> Option<&'a str> {
    (fields.len() == 2 && fields.contains_key(form)).then(|| fields.get(KEY)?.as_str()).flatten()
}

/// Seals every readable field; what is inside one is only data. `cipher` knows every key that [`named`] found.
pub(crate) fn seal(payload: &mut Value, place: &Place<'_>, cipher: &impl Fn(&str) -> Arc<Cipher>) {
    let change = |fields: &mut Map<String, Value>, field: &str| {
        let Some(name) = marked(fields, OPEN) else { return Ok(false) };
        let boxed = cipher(name).seal(fields[OPEN].to_string().as_bytes(), &place.associated_data(field));
        fields.remove(OPEN);
        fields.insert(BOX.to_owned(), Value::String(STANDARD_NO_PAD.encode(boxed)));
        Ok(true)
    };
    walk(payload, &mut String::new(), &change).expect("sealing does not fail");
}

/// Opens every sealed field; one whose key `cipher` does not have is left with its key's name alone.
pub(super) fn open(
    payload: &mut Value,
    place: &Place<'_>,
    cipher: &impl Fn(&str) -> Option<Arc<Cipher>>,
) -> Result<(), DoesNotOpen> {
    let change = |fields: &mut Map<String, Value>, field: &str| {
        let Some(name) = marked(fields, BOX) else { return Ok(false) };
        let cipher = cipher(name);
        let Some(Value::String(boxed)) = fields.remove(BOX) else { return Err(DoesNotOpen) };
        if let Some(cipher) = cipher {
            let boxed = STANDARD_NO_PAD.decode(boxed).map_err(|_| DoesNotOpen)?;
            let plain = cipher.open(&boxed, &place.associated_data(field)).ok_or(DoesNotOpen)?;
            fields.insert(OPEN.to_owned(), serde_json::from_slice(&plain).map_err(|_| DoesNotOpen)?);
        }
        Ok(true)
    };
    walk(payload, &mut String::new(), &change)
}

/// Offers every object to `change` with its JSON pointer, and goes into those that it leaves alone.
fn walk(
    value: &mut Value,
    pointer: &mut String,
    change: &impl Fn(&mut Map<String, Value>, &str) -> Result<bool, DoesNotOpen>,
) -> Result<(), DoesNotOpen> {
    match value {
        Value::Object(fields) => {
            if !change(fields, pointer)? {
                for (name, field) in fields {
                    walk_below(field, pointer, name, change)?;
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                walk_below(item, pointer, &index.to_string(), change)?;
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    Ok(())
}

/// The same below `pointer`, which is as before in the end.
fn walk_below(
    value: &mut Value,
    pointer: &mut String,
    name: &str,
    change: &impl Fn(&mut Map<String, Value>, &str) -> Result<bool, DoesNotOpen>,
) -> Result<(), DoesNotOpen> {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(name);
    walk(value, pointer, change)?;
    pointer.truncate(length);
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const PLACE: Place<'_> = Place { event_id: Uuid::from_u128(7), stream: "message-1", event_type: "message_sent" };

    fn sealed() -> (Arc<Cipher>, Value) {
        let cipher = Arc::new(Cipher::new(&[7; 32]));
        let mut payload =
            json!({"type": "message_sent", "content": {"key": "k", "open": {"key": "x", "open": "secret"}}});
        seal(&mut payload, &PLACE, &|_| Arc::clone(&cipher));
        (cipher, payload)
    }

    #[test]
    fn what_is_sealed_is_unreadable_and_opens_at_its_place_alone() {
        let (cipher, payload) = sealed();
        assert!(!payload.to_string().contains("secret"));
        assert_eq!(named(&payload, BOX), ["k"]);
        let mut here = payload.clone();
        open(&mut here, &PLACE, &|_| Some(Arc::clone(&cipher))).expect("opens");
        assert_eq!(here["content"]["open"], json!({"key": "x", "open": "secret"}), "what is inside is data");
        for elsewhere in [
            Place { event_id: Uuid::from_u128(8), ..PLACE },
            Place { stream: "message-2", ..PLACE },
            Place { event_type: "message_edited", ..PLACE },
        ] {
            assert!(open(&mut payload.clone(), &elsewhere, &|_| Some(Arc::clone(&cipher))).is_err());
        }
        let mut moved = json!({"other": payload["content"]});
        assert!(open(&mut moved, &PLACE, &|_| Some(Arc::clone(&cipher))).is_err(), "bound to its field");
    }

    #[test]
    fn without_its_key_a_field_is_left_with_the_keys_name() {
        let (_, mut payload) = sealed();
        open(&mut payload, &PLACE, &|_| None).expect("nothing is damaged");
        assert_eq!(payload["content"], json!({"key": "k"}));
    }
}
