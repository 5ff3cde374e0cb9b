//! Calls.

use serde_json::{Value, json};

use super::{Shown, call as call_name, minute, room as room_name, who};
use crate::model::world::{Call, Number, Participant, Who, World};

impl World {
    /// `ListCalls`: in the order of their beginning.
    pub(in super::super) fn shows_calls(&self, viewer: Who, id: Number) -> Shown {
        self.member_of(viewer, id)?;
        let seen = self.calls.iter().filter(|(_, call)| call.room == id && self.sees(viewer, id, call.until()));
        let mut seen: Vec<_> = seen.collect();
        seen.sort_by_key(|(_, call)| call.tick);
        Ok(seen.into_iter().map(|(number, call)| as_call(*number, call)).collect())
    }

    /// `GetCall`.
    pub(in super::super) fn shows_call(&self, viewer: Who, number: Number) -> Shown {
        let call = self.calls.get(&number).filter(|call| self.sees(viewer, call.room, call.until()));
        call.map(|call| as_call(number, call)).ok_or("not-found")
    }
}

fn as_call(number: Number, call: &Call) -> Value {
    let mut people: Vec<_> = call.people.iter().map(|(one, their)| as_participant(call, *one, their)).collect();
    people.sort_by_key(|one| one["user_id"].to_string());
    let lasted = call.over.zip(call.answered).map_or(0, |((ended, _), answered)| ended - answered);
    json!({
        "id": call_name(number),
        "room_id": room_name(call.room),
        "started_by": who(call.by),
        "media": call.media,
        "started_at": minute(call.started),
        "answered_at": call.answered.map(minute),
        "ended_at": call.over.map(|(ended, _)| minute(ended)),
        "outcome": call.over.map(|(_, outcome)| outcome),
        "duration_ms": lasted * 60_000,
        "participants": people,
        "position": call.tick,
        "version": call.version,
    })
}

/// Who is in a call when it ends was in it until then.
fn as_participant(call: &Call, one: Who, their: &Participant) -> Value {
    let left = their.left.map(|(left, _)| left).or(call.over.map(|(ended, _)| ended));
    let last = left.zip(their.rejoined).map_or(0, |(left, came)| left - came);
    json!({
        "user_id": who(one),
        "joined_at": their.joined.map(minute),
        "left_at": left.map(minute),
        "departure": their.left.map(|(_, how)| how),
        "duration_ms": left.map_or(0, |_| (their.earlier + last) * 60_000),
    })
}
