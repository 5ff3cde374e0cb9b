//! The events of the log, for auditors.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::page::{ITEMS, MOST_ITEMS};
use api_kit::request::audit_reason;
use api_kit::{Answer, Items, Marks, Micros, Problem, Query, Token};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::id::{RoomId, UserId};
use futures::TryStreamExt;
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::record;
use super::export::{events, export};
use super::media_type::MediaType;
use super::what::What;
use super::{CloudEvent, Event, ExportError, Filter, still_audits};
use crate::Queries;
use crate::asker::Asker;

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// After this position; the `after` of a page.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// Up to this position, it included.
    #[param(minimum = 0)]
    until: Option<i64>,
    /// Of this stream, such as `room-0190a000-0000-7000-8000-000000000001`.
    stream: Option<String>,
    /// Of this type, such as `message_sent`.
    r#type: Option<String>,
    /// By this user.
    #[param(value_type = Option<Uuid>)]
    actor: Option<UserId>,
    /// Of this room: those whose metadata names it. What concerns it and is for auditors alone is of no room: holds are in
    /// `stream=holds-instance`, refused erasures are found by `type=erasure_refused`, looks by `type=audit_accessed`.
    #[param(value_type = Option<Uuid>)]
    room: Option<RoomId>,
    /// Recorded at this time or later.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Micros>,
    /// Recorded at this time or earlier.
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Micros>,
    /// At most so many: 1 to 200 for a page, 50 unless said otherwise; any number for the whole.
    #[param(minimum = 1)]
    limit: Option<u64>,
    /// Adds `opened`: the payload with its sealed fields opened where their keys exist.
    open: Option<bool>,
}

/// The events of the log, in order: a page as JSON; or, by `Accept`, all of them as NDJSON or CloudEvents, streamed.
///
/// The access is put on record first, as `audit_accessed`; what is answered ends right before that event. So each page adds an
/// event to the log: use `until` to read to a fixed end. For who is no auditor there is nothing here.
#[utoipa::path(
    get,
    path = "/v1/audit/events",
    operation_id = "ListAuditEvents",
    tag = "audit",
    params(
        Parameters,
        QueryHeaders,
        ("Audit-Reason" = String, Header, description = "Why the record is read; it is itself put on record")
    ),
    responses(
        (status = 200, content(
            (Items<Event> = "application/json"),
            (Event = "application/x-ndjson"),
            (Vec<CloudEvent> = "application/cloudevents-batch+json")
        )),
        QueryProblems
    ),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    What(what): What,
    parameters: Result<Query<Parameters>, Problem>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut asking = queries.asking(&asker);
    let (view, _) = asking.view(None).await?;
    if !view.caller.is_auditor {
        return Err(Problem::NotFound);
    }
    drop(view);
    let reason = audit_reason(&headers)?;
    let Query(parameters) = parameters?;
    let media_type = MediaType::wanted(&headers);
    let filter = parameters.filter(media_type)?;

    let end = record(&queries, &asker, &reason, &what).await? - 1;
    if filter.needs_read_models() {
        asking.must_see(end);
        drop(asking.view(None).await?);
    }
    let (pool, keyring, marks) = (&queries.pool, queries.store.keyring(), Marks::at(end));
    match media_type {
        MediaType::Json => Ok(Answer { body: page(&queries, &filter, end).await?, marks }.into_response()),
        MediaType::Whole(format) => {
            let pieces = export(pool.clone(), keyring.clone(), filter, end, format).await?;
            let pieces = pieces.and_then(move |piece| seen(queries.clone(), asker.token.clone(), piece));
            let pieces = pieces.inspect_err(|error| tracing::error!(%error, "an export was broken off"));
            Ok((marks, [(CONTENT_TYPE, media_type.name())], Body::from_stream(pieces)).into_response())
        }
    }
}

/// A piece of an export, if whoever it is sent to is still an auditor: the log is asked before each.
async fn seen(queries: Queries, token: Token, piece: Bytes) -> Result<Bytes, ExportError> {
    still_audits(&queries, &token).await.map_err(|_| ExportError::Ended)?;
    Ok(piece)
}

async fn page(queries: &Queries, filter: &Filter, end: i64) -> Result<Items<Event>, Problem> {
    let limit = filter.limit.and_then(|limit| u16::try_from(limit).ok()).unwrap_or(ITEMS);
    let span = filter.span(&queries.pool, end).await?;
    let mut items = events(&queries.pool, queries.store.keyring(), filter, span, limit + 1).await?;
    let more = items.len() > usize::from(limit);
    items.truncate(usize::from(limit));
    let after = items.last().filter(|_| more).map(|event| event.position.to_string());
    Ok(Items { items, before: None, after })
}

impl Parameters {
    fn filter(self, media_type: MediaType) -> Result<Filter, Problem> {
        let most = if media_type == MediaType::Json { u64::from(MOST_ITEMS) } else { u64::MAX };
        if self.limit.is_some_and(|limit| limit == 0 || limit > most) {
            return Err(Problem::InvalidQuery(format!("limit: must be an integer from 1 to {most}")));
        }
        for (name, position) in [("after", self.after), ("until", self.until)] {
            if position.is_some_and(i64::is_negative) {
                return Err(Problem::InvalidQuery(format!("{name}: must be an integer from 0 on")));
            }
        }
        let filter = Filter {
            after: self.after.unwrap_or_default(),
            until: self.until,
            stream: None,
            event_type: self.r#type,
            actor: self.actor.map(|actor| actor.0),
            room: self.room.map(|room| room.0),
            from: self.from.map(|time| time.0),
            to: self.to.map(|time| time.0),
            limit: self.limit,
            open: self.open.unwrap_or_default(),
        };
        match self.stream {
            Some(stream) => {
                filter.of_stream(&stream).map_err(|error| Problem::InvalidQuery(format!("stream: {error}")))
            }
            None => Ok(filter),
        }
    }
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Database(error) => error.into(),
            ExportError::Key(error) => error.into(),
            ExportError::NotJson(error) => Self::internal(error),
            ExportError::Ended => Self::NotSignedIn,
        }
    }
}
