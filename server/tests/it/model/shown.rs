//! What each query shows somebody, as JSON with names instead of ids, and minutes instead of times.

mod calls;
mod lists;
mod messages;
mod rooms;

use serde_json::{Value, json};

use super::world::NAMES;

/// What a query is answered with: JSON, or the name of a problem.
pub(super) type Shown = Result<Value, &'static str>;

/// A minute, as times are compared.
pub(super) fn minute(minute: i64) -> Value {
    json!(format!("minute {minute}"))
}

fn room_name(room: u32) -> String {
    if room >= 1_000_000 {
        let pair = usize::try_from(room - 1_000_000).unwrap_or_default();
        return format!("dialog of {} and {}", NAMES[pair / NAMES.len()], NAMES[pair % NAMES.len()]);
    }
    format!("room {room}")
}

/// What something is called in stories and comparisons.
pub(super) fn room(room: u32) -> Value {
    json!(room_name(room))
}

pub(super) fn message(message: u32) -> Value {
    json!(format!("message {message}"))
}

pub(super) fn call(call: u32) -> Value {
    json!(format!("call {call}"))
}

pub(super) fn role(role: u32) -> Value {
    json!(format!("role {role}"))
}

pub(super) fn invite(invite: u32) -> Value {
    json!(format!("invite {invite}"))
}

pub(super) fn who(who: usize) -> Value {
    json!(NAMES[who])
}
