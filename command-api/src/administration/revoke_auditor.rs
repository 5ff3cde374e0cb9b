//! `RevokeAuditor`: an administrator takes the role of an auditor from somebody.

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

/// Takes the role of an auditor from somebody, or withdraws that they become one. For administrators.
#[utoipa::path(
    delete,
    path = "/v1/users/{id}/roles/auditor",
    operation_id = "RevokeAuditor",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    responses((status = 204, description = "None any more, nor proposed"), CommandProblems),
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
            revoke(&actor.unit, user, &account, InstanceRole::Auditor).await
        })
        .await?;
    Ok(no_content(&done))
}
