//! `ReinstateUser`: an administrator ends a suspension.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::{User, UserCommand};

use super::account;
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Ends a suspension: they can sign in again. The sessions from before stay ended. For administrators.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}/suspension",
    operation_id = "ReinstateUser",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Not suspended any more"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(user): Path<UserId>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let account = account(&actor, user).await?;
            let events = account.decide(UserCommand::Reinstate).map_err(refused)?;
            if_match.check(account.sequence)?;
            actor.unit.append::<User>(&user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
