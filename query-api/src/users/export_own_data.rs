//! All that is one's own, to take along.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::{Marks, NoParameters, Problem, Query};
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures::TryStreamExt;

use super::export::export;
use crate::Queries;
use crate::asker::Asker;

/// One's own data, as a ZIP of JSON: `profile.json`, `settings.json`, `sessions.json`, `blocks.json` (whom one
/// blocks), `rooms.json` (one's memberships, with one's roles), `bans.json` (whom one banned, and why), `invites.json` (those
/// that one made), `calls.json` (one's part in calls), `messages/<room>.jsonl` (one's own messages, with what they said
/// before), `reactions.jsonl`, `files.json` and `files/` (what one uploaded); and nothing of others.
///
/// It is made as it is sent. It ends, incomplete, with the session that asked for it. Limited by user.
#[utoipa::path(
    get,
    path = "/v1/users/me/export",
    operation_id = "ExportOwnData",
    tag = "accounts",
    params(QueryHeaders),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip"), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Response, Problem> {
    let mut asking = queries.asking(&asker);
    let (view, _) = asking.view(None).await?;
    queries.limits.export(&asker.request, view.caller.user.0)?;
    // All that was answered before is in it; and who was put out of a room is not told its name.
    asking.must_see(view.head);
    drop(view);
    let (view, _) = asking.view(None).await?;
    let (user, marks) = (view.caller.user, Marks::at(view.position));
    drop(view);
    let pieces = export(queries, asker, user);
    let pieces = pieces.inspect_err(|error| tracing::warn!(%error, "an export was broken off"));
    let headers =
        [(CONTENT_TYPE, "application/zip"), (CONTENT_DISPOSITION, "attachment; filename=\"hansard-export.zip\"")];
    Ok((marks, headers, Body::from_stream(pieces)).into_response())
}
