//! `ChangePassword`: somebody changes their password, which ends their other sessions.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, NoContent, Problem, Submitted};
use axum::extract::State;
use domain::user::{User, UserCommand};
use event_store::Done;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Password;
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// The old and the new password.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangePassword)]
pub(crate) struct Body {
    /// The one that holds now; 422 if it is wrong.
    current: Password,
    /// 8 to 1024 bytes, not among the common ones.
    new: Password,
}

/// Changes one's password and ends every other session.
#[utoipa::path(
    put,
    path = "/v1/users/me/password",
    operation_id = "ChangePassword",
    tag = "accounts",
    params(CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 204, description = "Changed"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<NoContent, Problem> {
    body.new.may_be_chosen("/new")?;
    let wrong = || Problem::invalid("/current", "is not your password");

    // Hashes are not computed while a command is decided. What is read here changes nothing, and is compared below.
    let read = commands.foresee(&caller, &attempt, |actor| async move { Ok(actor.account.password.clone()) }).await?;
    if read.replayed {
        return Ok(no_content(&read));
    }
    commands.limits.sign_in(&caller.request, caller.user()?.0.as_bytes())?;
    let hasher = commands.accounts.hasher();
    if !hasher.verify(&body.current, read.value.as_deref()).await? {
        return Err(wrong());
    }
    let (verified, new, if_match) = (&read.value, &hasher.hash(&body.new).await?, &if_match);

    let done: Done<()> = commands
        .execute(&caller, &attempt, |actor| async move {
            if_match.check(actor.account.sequence)?;
            if actor.account.password != *verified {
                return Err(wrong());
            }
            let (user, keep) = (actor.user, Some(actor.session));
            let command = UserCommand::ChangePassword { user, password: new.clone(), keep };
            let events = actor.account.decide(command).map_err(refused)?;
            actor.unit.append::<User>(&user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
