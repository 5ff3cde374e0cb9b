//! `SuspendUser`: an administrator keeps somebody from signing in.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, NoContent, Optional, Path, Problem};
use axum::extract::State;
use domain::id::UserId;
use domain::user::{User, UserCommand};
use serde::Deserialize;
use utoipa::ToSchema;

use super::account;
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;

use crate::refused::refused;

/// Why.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = SuspendUser)]
pub(crate) struct Body {
    /// For the record; it is erased with the account of either of the two.
    #[serde(default)]
    #[schema(example = "Advertises in public rooms", max_length = 1000)]
    reason: Option<String>,
}

/// Suspends somebody: their sessions end at once and everywhere, and they cannot sign in. For administrators.
///
/// Groups that they own stay theirs until an administrator gives one to another member (`TransferOwnership`).
///
/// Neither oneself nor another administrator is suspended: 403 `outranked`. Their role is taken first.
#[utoipa::path(
    put,
    path = "/v1/users/{id}/suspension",
    operation_id = "SuspendUser",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 204, description = "Suspended"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(user): Path<UserId>,
    if_match: IfMatch,
    Optional { body, attempt }: Optional<Body>,
) -> Result<NoContent, Problem> {
    let (reason, if_match) = (&body.reason, &if_match);
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let account = account(&actor, user).await?;
            let command = UserCommand::Suspend { user, by: actor.user, reason: reason.clone() };
            let events = account.decide(command).map_err(refused)?;
            if_match.check(account.sequence)?;
            actor.unit.append::<User>(&user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
