//! Messages of secret rooms: no read model holds a word of them. They are opened from the log for each who asks, with
//! keys that are asked for each time: what was deleted a moment ago, by whichever process, does not open any more.

use std::collections::HashMap;

use domain::message::{Content, MessageEvent};
use event_store::{KeyError, Keyring, Recorded};
use serde_json::Value;
use sqlx::PgConnection;

/// What the events at these positions say, by position; nothing of those whose key is gone.
pub(crate) async fn opened(
    connection: &mut PgConnection,
    keyring: &Keyring,
    positions: &[i64],
) -> Result<HashMap<i64, Content>, KeyError> {
    if positions.is_empty() {
        return Ok(HashMap::new());
    }
    let events = sqlx::query_as!(
        Recorded,
        r#"select position, event_id, aggregate_type, aggregate_id, sequence, event_type, event_version, recorded_at,
            payload::text as "payload!", metadata::text as "metadata!"
        from log.events where position = any($1)"#,
        positions,
    )
    .fetch_all(connection)
    .await?;
    let payloads = open(keyring, &events).await?;
    let said = events.iter().zip(payloads).filter_map(|(event, payload)| Some((event.position, content(payload)?)));
    Ok(said.collect())
}

/// All at once; where something does not open with its key, one by one, so that this alone stays closed.
async fn open(keyring: &Keyring, events: &[Recorded]) -> Result<Vec<Value>, KeyError> {
    match keyring.open_fleeting(events).await {
        Err(KeyError::Damaged { .. } | KeyError::NotJson(_)) => {}
        whole => return whole,
    }
    let mut payloads = Vec::with_capacity(events.len());
    for event in events {
        payloads.push(match keyring.open_fleeting(std::slice::from_ref(event)).await {
            Ok(mut opened) => opened.pop().unwrap_or_default(),
            Err(error @ (KeyError::Damaged { .. } | KeyError::NotJson(_))) => {
                tracing::error!(%error, event.position = event.position, "a message of a secret room does not open");
                Value::Null
            }
            Err(error) => return Err(error),
        });
    }
    Ok(payloads)
}

/// What a sent or edited message says.
fn content(payload: Value) -> Option<Content> {
    match serde_json::from_value(payload).ok()? {
        MessageEvent::MessageSent { content, .. } | MessageEvent::MessageEdited { content, .. } => content.into_inner(),
        MessageEvent::MessageDeleted { .. }
        | MessageEvent::MessagePinned { .. }
        | MessageEvent::MessageUnpinned { .. } => None,
    }
}
