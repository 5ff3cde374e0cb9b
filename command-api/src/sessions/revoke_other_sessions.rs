//! `RevokeSession` of all but the one that asks.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Bodiless, NoContent, Problem};
use axum::extract::State;
use domain::user::{User, UserCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Ends every session of one's account but the one that asks, at once and everywhere.
#[utoipa::path(
    delete,
    path = "/v1/sessions",
    operation_id = "RevokeOtherSessions",
    tag = "sessions",
    params(CommandHeaders),
    responses((status = 204, description = "Ended"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let command = UserCommand::RevokeSessions { keep: Some(actor.session) };
            let events = actor.account.decide(command).map_err(refused)?;
            actor.unit.append::<User>(&actor.user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
