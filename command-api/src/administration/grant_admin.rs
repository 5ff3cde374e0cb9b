//! `GrantAdmin`: an administrator makes another.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::InstanceRole;

use super::account;
use super::role::grant;
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

/// Makes somebody an administrator. For administrators.
#[utoipa::path(
    put,
    path = "/v1/users/{id}/roles/admin",
    operation_id = "GrantAdmin",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "An administrator"), CommandProblems),
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
            if_match.check(account.sequence)?;
            grant(&actor.unit, user, &account, InstanceRole::Admin).await
        })
        .await?;
    Ok(no_content(&done))
}
