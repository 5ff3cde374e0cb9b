//! `ResetPassword`: somebody who reads an account's mail chooses its new password.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{NoContent, Path, Problem, RequestContext, Submitted};
use axum::extract::State;
use domain::user::{User, UserCommand};
use event_store::{Done, Request};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Link, Password, Purpose};
use crate::Commands;
use crate::answer::no_content;
use crate::refused::refused;

/// The new password.
#[derive(Deserialize, ToSchema)]
#[schema(as = ResetPassword)]
pub(crate) struct Body {
    /// 8 to 1024 bytes, not among the common ones.
    password: Password,
}

/// Takes a new password from who was mailed a link, and ends every session. The email counts as verified.
///
/// A link can be used once, within 30 minutes, and not after the password or the email changed, the account signed out
/// everywhere else or was suspended: 404.
#[utoipa::path(
    put,
    path = "/v1/password-resets/{token}",
    operation_id = "ResetPassword",
    tag = "accounts",
    params(("token" = String, Path, description = "What was mailed"), CommandHeaders),
    request_body = Body,
    responses((status = 204, description = "Changed"), CommandProblems),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    Path(token): Path<String>,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<NoContent, Problem> {
    commands.limits.address(&context)?;
    body.password.may_be_chosen("/password")?;
    let link = Link::read(&token, Purpose::Reset, commands.accounts.link_key()).ok_or(Problem::NotFound)?;
    let user = link.user;
    let mut request = commands.request(&context, commands.receipts(&attempt, None));
    request.actor_id = Some(user.0);
    let (scope, at) = (&format!("user/{user}"), request.occurred_at);
    let command = |password| UserCommand::ResetPassword { user, password, proof: link.proof, at };

    // What is refused anyway need not cost a hash.
    let look = &Request { looks: true, ..request.clone() };
    let read: Done<()> = commands
        .store
        .execute(look, |unit| async move {
            unit.idempotent(scope).await?;
            let account = unit.look::<User>(&user.to_string()).await?;
            account.decide(command(String::new())).map_err(refused)?;
            Ok::<_, Problem>(())
        })
        .await?;
    if read.replayed {
        return Ok(no_content(&read));
    }
    let new = &commands.accounts.hasher().hash(&body.password).await?;
    let done: Done<()> = commands
        .store
        .execute(&request, |unit| async move {
            unit.idempotent(scope).await?;
            let account = unit.load::<User>(&user.to_string()).await?;
            unit.append::<User>(&user.to_string(), account.decide(command(new.clone())).map_err(refused)?, None);
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(no_content(&done))
}
