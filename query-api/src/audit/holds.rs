//! Legal holds as auditors see them: read from the log itself.

pub(crate) mod get_hold;
pub(crate) mod list_holds;

use api_kit::{NoParameters, Problem, Query, Timestamp};
use axum::http::HeaderMap;
use domain::holds::{Holds, HoldsEvent};
use domain::id::{HoldId, RoomId, UserId};
use domain::sealed::Sealed;
use event_store::{Keyring, Recorded};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::access::{audited, record};
use super::opened::opened;
use super::pages::page;
use super::{ExportError, Filter, Span};
use crate::Queries;
use crate::asker::Asker;

/// Most events that the stream of holds has: of each hold that there may be, two.
const MOST: i64 = 2000;

/// A legal hold.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Hold)]
pub(crate) struct Hold {
    /// As the auditor chose it.
    #[schema(value_type = Uuid)]
    id: HoldId,
    /// What was written in this room; null is everywhere.
    #[schema(value_type = Option<Uuid>)]
    room_id: Option<RoomId>,
    /// What was written by this user; null is everybody.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<UserId>,
    /// Why.
    reason: Option<String>,
    /// By whom and when it was placed.
    #[schema(value_type = Option<Uuid>)]
    placed_by: Option<UserId>,
    placed_at: Timestamp,
    /// Where in the log.
    position: i64,
    /// By whom and when it was lifted, and why; null while it is in force.
    lifted: Option<Lifted>,
}

/// How a hold ended.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LiftedHold)]
struct Lifted {
    /// The auditor.
    #[schema(value_type = Option<Uuid>)]
    by: Option<UserId>,
    /// When.
    at: Timestamp,
    /// Why.
    reason: Option<String>,
    /// Where in the log.
    position: i64,
}

/// Every hold that was ever placed, in that order, and where the log ended; that the auditor looks is on record before.
async fn holds(
    queries: &Queries,
    asker: &Asker,
    (parameters, headers): (Result<Query<NoParameters>, Problem>, &HeaderMap),
    what: &str,
) -> Result<(i64, Vec<Hold>), Problem> {
    let reason = audited(queries, asker, headers).await?;
    parameters?;
    let end = record(queries, asker, &reason, what).await? - 1;
    let stream = Some(("holds".to_owned(), Holds::STREAM.to_owned()));
    let (pool, keyring) = (&queries.pool, queries.store.keyring());
    let filter = Filter { stream, ..Filter::default() };
    let events = page(pool, &filter, Span { after: 0, until: end }, MOST).await.map_err(ExportError::from)?;
    let opened = opened(pool, keyring, &events).await?;
    Ok((end, folded(keyring, events.iter().zip(opened)).map_err(Problem::internal)?))
}

fn folded<'a>(
    keyring: &Keyring,
    events: impl Iterator<Item = (&'a Recorded, Value)>,
) -> Result<Vec<Hold>, serde_json::Error> {
    /// Who, and when by their clock.
    #[derive(Deserialize)]
    struct Metadata {
        actor_id: Option<UserId>,
        occurred_at: Timestamp,
    }
    let mut holds: Vec<Hold> = vec![];
    for (event, opened) in events {
        let Metadata { actor_id: by, occurred_at: at } = serde_json::from_str(&event.metadata)?;
        match keyring.told(event, opened).fact()? {
            HoldsEvent::HoldPlaced { hold_id: id, room_id, user_id, reason } => holds.push(Hold {
                id,
                room_id,
                user_id,
                reason: reason.into_inner(),
                placed_by: by,
                placed_at: at,
                position: event.position,
                lifted: None,
            }),
            HoldsEvent::HoldLifted { hold_id, reason } => {
                let lifted = Lifted { by, at, reason: Sealed::into_inner(reason), position: event.position };
                if let Some(hold) = holds.iter_mut().find(|hold| hold.id == hold_id) {
                    hold.lifted = Some(lifted);
                }
            }
        }
    }
    Ok(holds)
}
