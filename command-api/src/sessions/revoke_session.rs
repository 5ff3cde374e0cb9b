//! `RevokeSession`: somebody ends one of their sessions.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::SessionId;
use domain::session::{Session, SessionCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Ends one of one's own sessions, at once and everywhere.
#[utoipa::path(
    delete,
    path = "/v1/sessions/{id}",
    operation_id = "RevokeSession",
    tag = "sessions",
    params(("id" = Uuid, Path, description = "The session"), CommandHeaders),
    responses((status = 204, description = "Ended"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(session): Path<SessionId>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let id = session.to_string();
            let state = actor.unit.load::<Session>(&id).await?;
            let events = state.decide(SessionCommand::End { by: actor.user }).map_err(refused)?;
            actor.unit.append::<Session>(&id, events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
