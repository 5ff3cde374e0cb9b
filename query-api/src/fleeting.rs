//! What is sealed with keys of its own, in secret rooms: no read model holds any of it. It is opened from the log for each
//! who asks, with keys that are asked for each time: what was deleted a moment ago, by whichever process, does not open
//! any more.

use std::collections::HashMap;

use event_store::{KeyError, Keyring, Recorded, Told};
use sqlx::PgConnection;

/// What the events at these positions tell, by position. Fields whose key is gone are not open.
pub(crate) async fn opened_at(
    connection: &mut PgConnection,
    keyring: &Keyring,
    positions: &[i64],
) -> Result<HashMap<i64, Told>, KeyError> {
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
    let told = open(keyring, &events).await?;
    Ok(events.iter().map(|event| event.position).zip(told).collect())
}

/// All at once; where something does not open with its key, one by one, so that this alone stays closed.
pub(crate) async fn open(keyring: &Keyring, events: &[Recorded]) -> Result<Vec<Told>, KeyError> {
    match keyring.open_fleeting(events).await {
        Err(KeyError::Damaged { .. } | KeyError::NotJson(_)) => {}
        whole => return whole,
    }
    let mut told = Vec::with_capacity(events.len());
    for event in events {
        told.push(match keyring.open_fleeting(std::slice::from_ref(event)).await {
            Ok(mut opened) => opened.pop().unwrap_or_default(),
            Err(error @ (KeyError::Damaged { .. } | KeyError::NotJson(_))) => {
                tracing::error!(%error, event.position = event.position, "what is sealed in a secret room does not open");
                Told::default()
            }
            Err(error) => return Err(error),
        });
    }
    Ok(told)
}
