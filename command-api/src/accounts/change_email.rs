//! `ChangeEmail`: somebody signs in with another email from now on.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, NoContent, Problem, Submitted};
use axum::extract::State;
use domain::text;
use domain::user::{User, UserCommand};
use event_store::Done;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{EMAIL_CLAIM, Password};
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// The new email.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangeEmail)]
pub(crate) struct Body {
    /// Unique without regard to case.
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// One's own; 422 if it is wrong.
    password: Password,
}

/// Changes one's email, which is not verified then, and gives the old one back.
#[utoipa::path(
    put,
    path = "/v1/users/me/email",
    operation_id = "ChangeEmail",
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
    let email = body.email.trim();
    text::email(email).map_err(refused)?;
    let wrong = || Problem::invalid("/password", "is not your password");

    // Hashes are not computed while a command is decided. What is read here changes nothing, and is compared below.
    let read = commands.foresee(&caller, &attempt, |actor| async move { Ok(actor.account.password.clone()) }).await?;
    if read.replayed {
        return Ok(no_content(&read));
    }
    commands.limits.sign_in(&caller.request, caller.user()?.0.as_bytes())?;
    if !commands.accounts.hasher().verify(&body.password, read.value.as_deref()).await? {
        return Err(wrong());
    }
    let (verified, if_match, accounts) = (&read.value, &if_match, &commands.accounts);

    let done: Done<()> = commands
        .execute(&caller, &attempt, |actor| async move {
            if_match.check(actor.account.sequence)?;
            if actor.account.password != *verified {
                return Err(wrong());
            }
            let (user, unit) = (actor.user, &actor.unit);
            let events =
                actor.account.decide(UserCommand::ChangeEmail { user, email: email.to_owned() }).map_err(refused)?;
            let new = accounts.email_digest(email);
            let old = actor.account.email.as_deref().map(|old| accounts.email_digest(old));
            // Another spelling of the same email stays claimed.
            if old.as_ref() != Some(&new) {
                unit.claim(EMAIL_CLAIM, new.as_bytes().to_vec(), user.to_string());
                if let Some(old) = old {
                    unit.release(EMAIL_CLAIM, old.as_bytes().to_vec(), user.to_string());
                }
            }
            unit.append::<User>(&user.to_string(), events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
