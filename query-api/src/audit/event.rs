//! Events as auditors get them.

use api_kit::Micros;
use event_store::Recorded;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// An event of the log. Payload and metadata are the stored canonical JSON, sealed fields sealed: the leaf of the record
/// can be computed from this alone.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecordedEvent)]
pub struct Event {
    /// Its place in the one total order.
    pub position: i64,
    /// Unique.
    pub event_id: Uuid,
    /// `<aggregate type>-<aggregate id>`.
    pub stream: String,
    /// Its place in its stream.
    pub sequence: i64,
    /// What happened.
    #[schema(example = "message_sent")]
    pub r#type: String,
    /// Version of the payload's shape.
    #[schema(example = "1")]
    pub version: String,
    /// When it was appended, with microseconds.
    pub recorded_at: Micros,
    /// As stored.
    #[schema(value_type = Object)]
    pub payload: Box<RawValue>,
    /// As stored.
    #[schema(value_type = Object)]
    pub metadata: Box<RawValue>,
    /// The leaf that the record has of it, in hex; none of what is not sealed yet. It tells a changed event from others in an
    /// export whose leaves make the root of a checkpoint.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaf: Option<String>,
    /// With `?open=true`: the payload with its sealed fields opened where their keys exist. Credentials stay sealed. Null
    /// of an event of a secret room, and of one whose sealed fields do not open with their keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub opened: Option<Value>,
}

impl Event {
    /// The event as stored, and opened if that was asked for.
    pub(super) fn of(
        recorded: Recorded,
        leaf: Option<String>,
        opened: Option<Value>,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            position: recorded.position,
            event_id: recorded.event_id,
            stream: recorded.stream(),
            sequence: recorded.sequence,
            r#type: recorded.event_type,
            version: recorded.event_version,
            recorded_at: recorded.recorded_at.into(),
            payload: RawValue::from_string(recorded.payload)?,
            metadata: RawValue::from_string(recorded.metadata)?,
            leaf,
            opened,
        })
    }
}

/// An event as CloudEvents 1.0 has it: the payload as data, the rest as attributes, with the names and texts that they
/// have as headers of messages. Attributes are no objects and no integers beyond 32 bits, hence the texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloudEvent {
    specversion: &'static str,
    /// The event's id.
    id: Uuid,
    /// `urn:uuid:` and what names this history of the log.
    source: String,
    r#type: String,
    /// The stream.
    subject: String,
    /// When it was appended.
    time: Micros,
    datacontenttype: &'static str,
    /// Its place in the one total order.
    position: String,
    /// Its place in its stream.
    sequence: String,
    /// Version of the payload's shape.
    version: String,
    /// Counts the histories of the log.
    epoch: String,
    /// JSON, as stored.
    metadata: String,
    /// The leaf that the record has of it, in hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<String>,
    /// With `?open=true`: the opened payload, as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<String>,
    /// The payload, as stored.
    #[schema(value_type = Object)]
    data: Box<RawValue>,
}

impl CloudEvent {
    /// `event` in the history called `origin`.
    pub(super) fn of(event: Event, origin: Uuid, epoch: i32) -> Self {
        Self {
            specversion: "1.0",
            id: event.event_id,
            source: origin.urn().to_string(),
            r#type: event.r#type,
            subject: event.stream,
            time: event.recorded_at,
            datacontenttype: "application/json",
            position: event.position.to_string(),
            sequence: event.sequence.to_string(),
            version: event.version,
            epoch: epoch.to_string(),
            metadata: event.metadata.get().to_owned(),
            leaf: event.leaf,
            opened: event.opened.map(|opened| opened.to_string()),
            data: event.payload,
        }
    }
}
