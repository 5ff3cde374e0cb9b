//! An event as the log holds it.

use time::OffsetDateTime;
use uuid::Uuid;

use crate::Metadata;

/// An event as the log holds it: sealed fields sealed, payload and metadata the stored canonical JSON text.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Recorded {
    /// Its place in the one total order: 1, 2, 3, ...
    pub position: i64,
    /// Unique.
    pub event_id: Uuid,
    /// Kind of the stream, such as `message`.
    pub aggregate_type: String,
    /// Id of the stream within its kind.
    pub aggregate_id: String,
    /// Its place in the stream: 1, 2, 3, ...
    pub sequence: i64,
    /// What happened, such as `message_sent`.
    pub event_type: String,
    /// Version of the payload's shape.
    pub event_version: String,
    /// When it was appended, by the log's clock, which never runs backwards.
    pub recorded_at: OffsetDateTime,
    /// Canonical JSON as stored.
    pub payload: String,
    /// Canonical JSON as stored; see [`Metadata`].
    pub metadata: String,
}

impl Recorded {
    /// The stream's name: `<aggregate type>-<aggregate id>`.
    pub fn stream(&self) -> String {
        format!("{}-{}", self.aggregate_type, self.aggregate_id)
    }

    /// The metadata, parsed.
    pub fn metadata(&self) -> Result<Metadata, serde_json::Error> {
        serde_json::from_str(&self.metadata)
    }
}
