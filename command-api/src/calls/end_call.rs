//! `EndCall`: a call ends for everybody in it.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Path, Problem};
use axum::extract::State;
use domain::call::CallCommand;
use domain::id::CallId;

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

/// Ends a call for everybody: by who started it, by either in a room of two, and by who holds `manage_room`.
#[utoipa::path(
    delete,
    path = "/v1/calls/{id}",
    operation_id = "EndCall",
    tag = "calls",
    params(("id" = Uuid, Path, description = "The call"), CommandHeaders),
    responses((status = 204, description = "Over"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(id): Path<CallId>,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move { actor.decide_call(id, |by| CallCommand::End { by }).await })
        .await?;
    Ok(no_content(&done))
}
