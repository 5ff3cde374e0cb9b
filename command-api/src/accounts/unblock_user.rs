//! `UnblockUser`: somebody lets another open and write dialogs with them again.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::{User, UserCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Lets somebody open and write dialogs with one again. Whom one does not block stays as they are.
#[utoipa::path(
    delete,
    path = "/v1/users/me/blocks/{user}",
    operation_id = "UnblockUser",
    tag = "accounts",
    params(("user" = Uuid, Path, description = "Whom"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Let again"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(other): Path<UserId>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let block = UserCommand::Unblock { other };
            let events = actor.account.decide(block).map_err(refused)?;
            if_match.check(actor.account.sequence)?;
            actor.unit.append::<User>(&actor.user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
