//! `GetProvenance`: which event gave a message each of its parts.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use axum::http::HeaderMap;
use cqrs_es::DomainEvent;
use domain::file::FileEvent;
use domain::id::{FileId, MessageId};
use event_store::{Keyring, Recorded};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::find;
use super::origin::Origin;
use super::trace::{Part, Trace};
use crate::Queries;
use crate::asker::Asker;
use crate::audit::access::{audited, record};
use crate::audit::opened::{open_rooms, opened};

/// A message, with where each part of it came from.
#[derive(Serialize, ToSchema)]
#[schema(as = Provenance)]
pub(crate) struct Shown {
    /// The message.
    id: Uuid,
    /// As of this position.
    #[schema(example = 42)]
    as_of: i64,
    /// Its parts as they are.
    fields: Vec<Part>,
}

/// Which event gave a message each of its parts: its text, its pin, each of its files and reactions; who did it, in
/// which session and when. All that a notice says is of the event that it tells of. The `position` of a message is that
/// of what sent it, as `sent_at` has it; `seen_count` is of no event: it is counted when somebody asks, of how far
/// members have read by then. With today's keys: what was erased says nothing, by the event that erased it; of secret
/// rooms nothing is opened. For auditors; the access is put on record first.
#[utoipa::path(
    get,
    path = "/v1/audit/messages/{id}/provenance",
    operation_id = "GetProvenance",
    tag = "audit",
    params(
        ("id" = Uuid, Path, description = "The message"),
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses((status = 200, body = Shown), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<MessageId>,
    parameters: Result<Query<NoParameters>, Problem>,
    headers: HeaderMap,
) -> Result<Answer<Shown>, Problem> {
    let reason = audited(&queries, &asker, &headers).await?;
    parameters?;
    let what = format!("/v1/audit/messages/{id}/provenance");
    let end = record(&queries, &asker, &reason, &what).await? - 1;
    let mut asking = queries.asking_again(&asker);
    asking.must_see(end);
    drop(asking.view(None).await?);
    let mut trace = traced(&queries, id, end).await?;
    if trace.room.is_none()
        && let Some(notice) = find::notice(&queries.pool, id, end).await?
    {
        let by = Origin::of(&notice.event).map_err(Problem::internal)?;
        trace.notice(notice, &by);
    }
    let room = trace.room.ok_or(Problem::NotFound)?;
    let is_secret = open_rooms(&queries.pool, &[Some(room.0)]).await?.is_empty();
    Ok(Answer::seen(end, Shown { id: id.0, as_of: end, fields: trace.fields(is_secret) }))
}

/// The message as its events up to `end` made it; nothing of one that was never sent.
async fn traced(queries: &Queries, id: MessageId, end: i64) -> Result<Trace, Problem> {
    let (mut trace, pool, keyring) = (Trace::default(), &queries.pool, queries.store.keyring());
    let events = find::of_message(pool, id, end).await?;
    for (event, opened) in events.iter().zip(opened(pool, keyring, &events).await?) {
        let by = Origin::of(event).map_err(Problem::internal)?;
        if event.aggregate_type == "message" {
            trace.message(fact(keyring, event, opened)?, event.sequence, &by);
        } else {
            trace.reaction(fact(keyring, event, opened)?, &by);
        }
    }
    if let Some(key) = &trace.closed
        && let Some(erasure) = find::erasure(pool, key).await?
    {
        trace.erased(&Origin::of(&erasure).map_err(Problem::internal)?);
    }
    for event in find::of_files(pool, &trace.file_ids(), end).await? {
        let Ok(file) = event.aggregate_id.parse::<FileId>() else { continue };
        let by = Origin::of(&event).map_err(Problem::internal)?;
        trace.file(file, &fact::<FileEvent>(keyring, &event, Value::Null)?, &by);
    }
    Ok(trace)
}

/// What an event tells; where it was not opened, without what is sealed.
fn fact<F: DomainEvent>(keyring: &Keyring, event: &Recorded, opened: Value) -> Result<F, Problem> {
    let payload = if opened.is_null() { serde_json::from_str(&event.payload) } else { Ok(opened) };
    payload.and_then(|payload| keyring.told(event, payload).fact()).map_err(Problem::internal)
}
