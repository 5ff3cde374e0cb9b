//! From decided events to rows: sealed, with metadata, as canonical JSON.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::append::{Append, NewEvent};
use crate::canonical::canonical;
use crate::keyring::{Keyring, NoKey, Place, named, seal};
use crate::metadata::{Metadata, SCHEMA_VERSION, occurred_at};
use crate::request::{Request, event_id};
use crate::stream::Stream;

/// A decided event, its sealed fields still readable.
pub(crate) struct Draft {
    pub(crate) stream: Stream,
    pub(crate) sequence: i64,
    pub(crate) event_type: String,
    pub(crate) event_version: String,
    pub(crate) payload: Value,
    pub(crate) room: Option<Uuid>,
    pub(crate) occurred_at: OffsetDateTime,
}

/// Why a command's events cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotPrepared {
    #[error(transparent)]
    NoKey(#[from] NoKey),
    #[error("an event is not JSON")]
    NotJson(#[from] serde_json::Error),
}

/// Adds `drafts`, and the keys they need, to what is appended.
pub(crate) async fn prepare(
    append: &mut Append,
    drafts: Vec<Draft>,
    request: &Request,
    keyring: &Keyring,
) -> Result<(), NotPrepared> {
    let names = drafts.iter().flat_map(|draft| named(&draft.payload, crate::keyring::OPEN)).collect::<Vec<_>>();
    if !names.is_empty() {
        append.keys = keyring.for_sealing(&names).await?;
    }
    let ciphers =
        append.keys.iter().map(|key| (key.name.as_str(), Arc::clone(&key.key.cipher))).collect::<HashMap<_, _>>();
    for (ordinal, mut draft) in drafts.into_iter().enumerate() {
        let event_id = event_id(request.command_id, ordinal);
        let mut key_ids = named(&draft.payload, crate::keyring::OPEN);
        key_ids.sort_unstable();
        key_ids.dedup();
        if !key_ids.is_empty() {
            let stream = draft.stream.to_string();
            let place = Place { event_id, stream: &stream, event_type: &draft.event_type };
            seal(&mut draft.payload, &place, &|name| Arc::clone(&ciphers[name]));
        }
        let metadata = Metadata {
            event_id,
            command_id: request.command_id,
            correlation_id: request.correlation_id,
            causation_id: request.causation_id,
            actor_id: request.actor_id,
            session_id: request.session_id,
            room_id: draft.room,
            occurred_at: occurred_at(draft.occurred_at),
            traceparent: request.traceparent.clone(),
            schema_version: SCHEMA_VERSION,
            key_ids,
        };
        append.events.push(NewEvent {
            stream: draft.stream,
            sequence: draft.sequence,
            event_type: draft.event_type,
            event_version: draft.event_version,
            payload: canonical(&draft.payload)?,
            metadata: serde_json::to_string(&metadata)?,
            event_id,
        });
    }
    Ok(())
}
