//! The subject of an event: `hansard.evt.<partition>.<aggregate type>.<event type>`.

use std::borrow::Cow;

use event_store::Recorded;
use serde::Deserialize;

/// All subjects of events.
pub const EVENTS: &str = "hansard.evt.>";

/// Number of partitions. Fixed: who follows some of them must find the same rooms there for good.
pub const PARTITIONS: u64 = 64;

/// What of the metadata decides where an event goes; absent where the metadata cannot be read.
#[derive(Default, Deserialize)]
pub(crate) struct Routing<'a> {
    #[serde(borrow)]
    room_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    actor_id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(crate) traceparent: Option<Cow<'a, str>>,
}

impl<'a> Routing<'a> {
    pub(crate) fn of(recorded: &'a Recorded) -> Self {
        serde_json::from_str(&recorded.metadata).unwrap_or_default()
    }
}

/// The subject of an event.
pub fn subject(recorded: &Recorded) -> String {
    routed(recorded, &Routing::of(recorded))
}

pub(crate) fn routed(recorded: &Recorded, routing: &Routing<'_>) -> String {
    let key = routing.room_id.as_deref().or(routing.actor_id.as_deref()).unwrap_or(&recorded.aggregate_id);
    format!("hansard.evt.{}.{}.{}", partition(key), token(&recorded.aggregate_type), token(&recorded.event_type))
}

/// The partition of a room's id, else of the actor's, else of the aggregate's: FNV-1a, 64 bits, of its text, mod 64.
pub fn partition(key: &str) -> u64 {
    let hash = key
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    hash % PARTITIONS
}

/// A name as one token of a subject. Names of ours are such already; the exact one travels in a header.
fn token(name: &str) -> Cow<'_, str> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() {
        return Cow::Borrowed("_");
    }
    if name.chars().all(fits) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().map(|c| if fits(c) { c } else { '_' }).collect())
}

#[cfg(test)]
mod tests;
