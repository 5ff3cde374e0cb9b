//! `RevokeSession` of all but the one that asks.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Problem};
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
    params(CommandHeaders, VersionHeader),
    responses((status = 204, description = "Ended"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let command = UserCommand::RevokeSessions { keep: Some(actor.session) };
            let events = actor.account.decide(command).map_err(refused)?;
            if_match.check(actor.account.sequence)?;
            actor.unit.append::<User>(&actor.user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
