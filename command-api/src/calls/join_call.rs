//! `JoinCall`: a member comes into a call.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::call::CallCommand;
use domain::id::CallId;

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

/// Comes into a call, perhaps again. For members of its room.
#[utoipa::path(
    put,
    path = "/v1/calls/{id}/participants/me",
    operation_id = "JoinCall",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call"), CommandHeaders),
    responses((status = 204, description = "In it"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<CallId>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move { actor.decide_call(id, |by| CallCommand::Join { by }).await })
        .await?;
    Ok(no_content(&done))
}
