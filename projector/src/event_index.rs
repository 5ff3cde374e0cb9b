//! The index of events by room, actor and kind: `migrations/read/event_index.sql`.
//!
//! Needs no payload, so that it also holds the events that cannot be projected.

use domain::message::MessageEvent;
use uuid::Uuid;

use crate::event::{Event, Fact, Opened};
use crate::rows::{Rows, row};

/// As [`crate::projection::Projection::NAME`].
pub(crate) const NAME: &str = "event_index";
/// As [`crate::projection::Projection::VERSION`].
pub(crate) const VERSION: i32 = 3;
/// As [`crate::projection::Projection::DDL`].
pub(crate) const DDL: &str = include_str!("../../migrations/read/event_index.sql");

row! {
    /// What an event is about, without what it says.
    struct IndexedEvent in "indexed_event" by (position) {
        position: i64,
        event_type: String,
        room_id: Option<Uuid>,
        actor_id: Option<Uuid>,
    }
}

/// Adds an event to the index once it was projected or parked, unless a message tells it.
pub(crate) fn add(rows: &mut Rows, opened: &Opened) {
    if let Ok(Event { fact: Fact::Message(id, MessageEvent::MessageSent { .. }), position, .. }) = &opened.event
        && rows.messages.get([*id]).is_some_and(|message| message.told && message.position == *position)
    {
        return;
    }
    rows.events.add(IndexedEvent {
        position: opened.recorded.position,
        event_type: opened.recorded.event_type.clone(),
        room_id: opened.room_id,
        actor_id: opened.actor_id,
    });
}
