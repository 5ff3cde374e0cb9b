//! Opening what is sealed, for auditors.

use std::collections::HashSet;

use event_store::{KeyError, Keyring, Recorded};
use serde_json::Value;
use sqlx::PgPool;
use uuid::Uuid;

use super::ExportError;

/// Fields of payloads that prove who somebody is: opened for nobody.
const CREDENTIALS: [&str; 1] = ["password"];

/// Streams that belong to rooms.
const OF_ROOMS: [&str; 6] = ["room", "membership", "invite", "message", "reaction", "reading"];

/// The payloads of `events`, as they are stored, with their sealed fields opened, in their order; null where they are not. Nothing is opened
/// that is destroyed by now, nor, whatever read models know of its room, a message of a secret one.
pub(super) async fn opened(pool: &PgPool, keyring: &Keyring, events: &[Recorded]) -> Result<Vec<Value>, ExportError> {
    keyring.hear().await?;
    let rooms = events.iter().map(room).collect::<Vec<_>>();
    let known = open_rooms(pool, &rooms).await?;
    let may_open = |event: &Recorded, room: &Option<Uuid>| match room {
        Some(room) => known.contains(room),
        None => !OF_ROOMS.contains(&event.aggregate_type.as_str()),
    };
    let mut payloads = vec![Value::Null; events.len()];
    let chosen: Vec<usize> = (0..events.len()).filter(|&index| may_open(&events[index], &rooms[index])).collect();
    let to_open: Vec<Recorded> = chosen.iter().map(|&index| events[index].clone()).collect();
    for (index, payload) in chosen.into_iter().zip(open(keyring, &to_open).await?) {
        payloads[index] = payload;
    }
    Ok(payloads)
}

/// Those of these rooms that are not secret. One that the read models do not know may be.
pub(super) async fn open_rooms(pool: &PgPool, rooms: &[Option<Uuid>]) -> Result<HashSet<Uuid>, sqlx::Error> {
    let rooms: Vec<Uuid> = rooms.iter().flatten().copied().collect::<HashSet<_>>().into_iter().collect();
    let known =
        sqlx::query_scalar!(r#"select id as "id!" from read.room where id = any($1) and type <> 'secret'"#, &rooms,);
    Ok(known.fetch_all(pool).await?.into_iter().collect())
}

fn room(event: &Recorded) -> Option<Uuid> {
    event.metadata().ok().and_then(|metadata| metadata.room_id)
}

/// All at once; where something does not open with its key, one by one, so that this alone stays closed.
async fn open(keyring: &Keyring, events: &[Recorded]) -> Result<Vec<Value>, KeyError> {
    let payloads = match keyring.open_as_stored(events).await {
        Ok(payloads) => payloads,
        Err(unavailable @ (KeyError::Unavailable(_) | KeyError::MasterAway { .. })) => return Err(unavailable),
        Err(_) => {
            let mut payloads = Vec::with_capacity(events.len());
            for event in events {
                payloads.push(match keyring.open_as_stored(std::slice::from_ref(event)).await {
                    Ok(mut opened) => opened.pop().unwrap_or_default(),
                    Err(unavailable @ (KeyError::Unavailable(_) | KeyError::MasterAway { .. })) => {
                        return Err(unavailable);
                    }
                    Err(_) => Value::Null,
                });
            }
            payloads
        }
    };
    Ok(events.iter().zip(payloads).map(|(event, payload)| without_credentials(event, payload)).collect())
}

/// The opened payload with credentials as stored.
fn without_credentials(event: &Recorded, mut payload: Value) -> Value {
    if let Some(fields) = payload.as_object_mut() {
        let sealed = CREDENTIALS.iter().filter(|name| fields.contains_key(**name)).collect::<Vec<_>>();
        if !sealed.is_empty() {
            let stored: Value = serde_json::from_str(&event.payload).unwrap_or_default();
            for name in sealed {
                fields.insert((*name).to_owned(), stored.get(*name).cloned().unwrap_or_default());
            }
        }
    }
    payload
}
