//! `AgreeOnAuditor`: two administrators make an auditor, one after the other.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Accepted, Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::admins::Admins;
use domain::id::UserId;
use domain::user::{InstanceRole, User, UserCommand};

use super::account;
use crate::Commands;
use crate::answer::marks;
use crate::caller::Caller;
use crate::refused::refused;

/// Makes somebody an auditor, once two administrators say so: the first one's word is kept for 24 h (202), another's makes
/// them one (204). For administrators.
#[utoipa::path(
    put,
    path = "/v1/users/{id}/roles/auditor",
    operation_id = "AgreeOnAuditor",
    tag = "administration",
    params(("id" = Uuid, Path, description = "Who"), CommandHeaders, VersionHeader),
    responses(
        (status = 202, description = "Proposed: another administrator may confirm it within 24 h"),
        (status = 204, description = "An auditor"),
        CommandProblems
    ),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(user): Path<UserId>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<Response, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let account = account(&actor, user).await?;
            // A guard: the first one's word counts for as long as they are an administrator.
            let admins = actor.unit.load::<Admins>(Admins::STREAM).await?;
            let command = UserCommand::AgreeOnAuditor { by: actor.user, admins: admins.members.clone(), at: actor.at };
            let events = account.decide(command).map_err(refused)?;
            if_match.check(account.sequence)?;
            let id = user.to_string();
            actor.unit.append::<User>(&id, events, None);
            let account = actor.unit.look::<User>(&id).await?;
            Ok(account.roles.contains(&InstanceRole::Auditor))
        })
        .await?;
    let marks = marks(&done);
    Ok(if done.value { NoContent { marks }.into_response() } else { Accepted { marks }.into_response() })
}
