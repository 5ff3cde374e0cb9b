//! Who, when and why: what every event carries besides its payload.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;
use uuid::Uuid;

const MILLISECONDS: StaticFormatDescription =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Version of the shape below.
pub(crate) const SCHEMA_VERSION: u32 = 1;

/// Metadata of an event, stored as canonical JSON: so its fields stand in the order of their names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The user who did it; none for what operators and imports do.
    pub actor_id: Option<Uuid>,
    /// The id of the event that this one reacts to; none where a request, an operator or time alone began it.
    pub causation_id: Option<Uuid>,
    /// The command that caused it.
    pub command_id: Uuid,
    /// The request, or whatever else began it.
    pub correlation_id: Option<Uuid>,
    /// Derived from the command's id and the event's ordinal in it.
    pub event_id: Uuid,
    /// Names of the keys its sealed fields were sealed with.
    pub key_ids: Vec<String>,
    /// When it happened, by the clock of whoever decided it; RFC 3339, UTC, milliseconds.
    pub occurred_at: String,
    /// The room it belongs to.
    pub room_id: Option<Uuid>,
    /// Version of this shape.
    pub schema_version: u32,
    /// The session it was done in.
    pub session_id: Option<Uuid>,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
}

/// The trace that a `traceparent` is of, in hex.
///
/// Source: W3C Trace Context, section 3.2.
pub fn trace_id(traceparent: &str) -> Option<&str> {
    traceparent.split('-').nth(1)
}

/// `time` as metadata holds it.
pub(crate) fn occurred_at(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).format(MILLISECONDS).expect("years have four digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_told_from_its_parts() {
        let parts = ["b7ad6b7169203331", "00f067aa0ba902b7"]
            .map(|part| format!("00-0af7651916cd43dd8448eb211c80319c-{part}-01"));
        assert!(parts.iter().all(|part| trace_id(part) == Some("0af7651916cd43dd8448eb211c80319c")));
        assert_eq!(trace_id("nonsense"), None);
    }

    #[test]
    fn its_json_is_canonical_as_it_is_written() {
        let metadata = Metadata {
            actor_id: Some(Uuid::from_u128(1)),
            causation_id: None,
            command_id: Uuid::from_u128(2),
            correlation_id: Some(Uuid::from_u128(3)),
            event_id: Uuid::from_u128(4),
            key_ids: vec!["user/\u{1f600}".into()],
            occurred_at: occurred_at(OffsetDateTime::UNIX_EPOCH),
            room_id: None,
            schema_version: SCHEMA_VERSION,
            session_id: None,
            traceparent: Some("00-\n".into()),
        };
        let canonical = serde_json_canonicalizer::to_string(&metadata).expect("JSON");
        assert_eq!(serde_json::to_string(&metadata).expect("JSON"), canonical);
    }
}
