//! `BlockUser`: somebody keeps another from opening and writing dialogs with them.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::{User, UserCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Blocks somebody: they open no dialog with one, write nothing in rooms of two and give one no sight of files, from this
/// answer on. One may still write to them. They are not told. Neither sees whether the other is there, unless they share a
/// group.
#[utoipa::path(
    put,
    path = "/v1/users/me/blocks/{user}",
    operation_id = "BlockUser",
    tag = "accounts",
    params(("user" = Uuid, Path, description = "Whom"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "Blocked"), CommandProblems),
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
            // A guard: nobody is blocked who was erased before.
            if !actor.unit.load::<User>(&other.to_string()).await?.exists {
                return Err(Problem::NotFound);
            }
            let block = UserCommand::Block { user: actor.user, other };
            let events = actor.account.decide(block).map_err(refused)?;
            if_match.check(actor.account.sequence)?;
            actor.unit.append::<User>(&actor.user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
