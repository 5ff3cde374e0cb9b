//! `LeaveCall`: a participant leaves a call, or a member declines it.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::call::CallCommand;
use domain::id::CallId;

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

/// Leaves a call; who never was in it declines it.
///
/// The last who leaves ends the call, and so does whoever declines in a room of two before it was answered.
#[utoipa::path(
    delete,
    path = "/v1/calls/{id}/participants/me",
    operation_id = "LeaveCall",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call"), CommandHeaders),
    responses((status = 204, description = "Not in it"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<CallId>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move { actor.decide_call(id, |by| CallCommand::Leave { by }).await })
        .await?;
    Ok(no_content(&done))
}
