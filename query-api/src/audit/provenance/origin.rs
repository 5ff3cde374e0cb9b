//! Where a value came from.

use api_kit::Micros;
use event_store::Recorded;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The event that gave a value, and who did it, when.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = EventOrigin)]
pub(crate) struct Origin {
    /// Its place in the log.
    pub(super) position: i64,
    /// Unique.
    event_id: Uuid,
    /// `<aggregate type>-<aggregate id>`.
    stream: String,
    /// What happened.
    #[schema(example = "message_edited")]
    r#type: String,
    /// Who did it; null of imports and the operator.
    actor_id: Option<Uuid>,
    /// In which session.
    session_id: Option<Uuid>,
    /// When, by the clock of whoever decided it.
    #[schema(format = DateTime)]
    pub(super) occurred_at: String,
    /// When it was appended.
    recorded_at: Micros,
}

impl Origin {
    /// That of what `event` did.
    pub(super) fn of(event: &Recorded) -> Result<Self, serde_json::Error> {
        let metadata = event.metadata()?;
        Ok(Self {
            position: event.position,
            event_id: event.event_id,
            stream: event.stream(),
            r#type: event.event_type.clone(),
            actor_id: metadata.actor_id,
            session_id: metadata.session_id,
            occurred_at: metadata.occurred_at,
            recorded_at: event.recorded_at.into(),
        })
    }
}
