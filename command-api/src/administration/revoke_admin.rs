//! `RevokeAdmin`: an administrator takes the role from another, or lays it down.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::InstanceRole;

use super::account;
use super::role::revoke;
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

/// Takes the role of an administrator from somebody, perhaps oneself. For administrators.
///
/// The last one stays: 409 `last-admin`.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}/roles/admin",
    operation_id = "RevokeAdmin",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "None any more"), CommandProblems),
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
            revoke(&actor.unit, user, &account, InstanceRole::Admin).await
        })
        .await?;
    Ok(no_content(&done))
}
