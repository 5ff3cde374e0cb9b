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

/// Metadata of an event, stored as canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// Derived from the command's id and the event's ordinal in it.
    pub event_id: Uuid,
    /// The command that caused it.
    pub command_id: Uuid,
    /// The request, or whatever else began it.
    pub correlation_id: Option<Uuid>,
    /// The event that this one reacts to.
    pub causation_id: Option<Uuid>,
    /// The user who did it; none for what operators and imports do.
    pub actor_id: Option<Uuid>,
    /// The session it was done in.
    pub session_id: Option<Uuid>,
    /// The room it belongs to.
    pub room_id: Option<Uuid>,
    /// When it happened, by the clock of whoever decided it; RFC 3339, UTC, milliseconds.
    pub occurred_at: String,
    /// W3C trace context of the request.
    pub traceparent: Option<String>,
    /// Version of this shape.
    pub schema_version: u32,
    /// Names of the keys its sealed fields were sealed with.
    pub key_ids: Vec<String>,
}

/// `time` as metadata holds it.
pub(crate) fn occurred_at(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).format(MILLISECONDS).expect("years have four digits")
}
