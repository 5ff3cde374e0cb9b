//! What happens to calls.

use domain::call::{CallEvent, Departure, Media, Outcome};
use domain::id::CallId;

use super::{Entry, id, room_id, user_id};

pub(crate) fn call_id(call: u32) -> CallId {
    CallId(id(8, call))
}

fn call(call: u32, fact: &CallEvent) -> Entry {
    Entry::of("call", &call_id(call), fact).in_room(1)
}

pub(crate) fn call_started(number: u32, room: u32, by: u32) -> Entry {
    let (room_id, by_id) = (room_id(room), user_id(by));
    call(number, &CallEvent::CallStarted { room_id, by: by_id, media: Media::Video }).by(by)
}

pub(crate) fn call_joined(number: u32, room: u32, user: u32) -> Entry {
    call(number, &CallEvent::CallJoined { room_id: room_id(room), user_id: user_id(user) }).by(user)
}

pub(crate) fn call_declined(number: u32, room: u32, user: u32) -> Entry {
    call(number, &CallEvent::CallDeclined { room_id: room_id(room), user_id: user_id(user) }).by(user)
}

pub(crate) fn call_left(number: u32, room: u32, user: u32, why: Departure) -> Entry {
    call(number, &CallEvent::CallLeft { room_id: room_id(room), user_id: user_id(user), why }).by(user)
}

pub(crate) fn call_ended(number: u32, room: u32, outcome: Outcome) -> Entry {
    call(number, &CallEvent::CallEnded { room_id: room_id(room), by: None, outcome })
}
