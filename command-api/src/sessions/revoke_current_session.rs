//! `RevokeSession` of the session that asks: somebody signs out.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::sign_in::cleared_cookie;
use api_kit::{Bodiless, NoContent, Problem};
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri};
use axum::response::AppendHeaders;
use domain::session::{Session, SessionCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Ends the session that asks, and takes its cookie away.
#[utoipa::path(
    delete,
    path = "/v1/sessions/current",
    operation_id = "RevokeCurrentSession",
    tag = "sessions",
    params(CommandHeaders),
    responses((status = 204, description = "Ended"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    uri: Uri,
    headers: HeaderMap,
    Bodiless(attempt): Bodiless,
) -> Result<(AppendHeaders<Option<(HeaderName, HeaderValue)>>, NoContent), Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let id = actor.session.to_string();
            let state = actor.unit.load::<Session>(&id).await?;
            let events = state.decide(SessionCommand::End { by: actor.user }).map_err(refused)?;
            actor.unit.append::<Session>(&id, events, None);
            Ok(())
        })
        .await?;
    let cleared = headers.contains_key(COOKIE).then(|| (SET_COOKIE, cleared_cookie(&headers, &uri)));
    Ok((AppendHeaders(cleared), no_content(&done)))
}
