//! `VerifyEmail`: somebody proves that they read what is mailed to their email.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Accepted, Attempt, Marks, NoContent, Optional, Problem, RequestContext};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use domain::user::{User, UserCommand};
use event_store::Done;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Link, Purpose};
use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::mail::Order;
use crate::receipted::receipt_of;
use crate::refused::refused;

/// What was mailed; without it, whom to mail.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = VerifyEmail)]
pub(crate) struct Body {
    /// What was mailed.
    #[serde(default)]
    token: Option<String>,
    /// Whom to mail, of those who are not signed in.
    #[serde(default)]
    #[schema(example = "ada@example.org", max_length = 254)]
    email: Option<String>,
}

/// What is answered to who is signed in.
#[derive(Serialize, Deserialize)]
struct Asked {
    /// Whether there was nothing left to verify.
    verified: bool,
    /// Whom to mail. Not kept.
    #[serde(skip)]
    email: Option<String>,
}

receipt_of!(Asked { verified; not email });

/// Takes what was mailed, or mails it: to `email`, or to who is signed in. Once verified, `GET /v1/users/me` says so.
///
/// Whether there is an account with `email`, and whether it is verified already, the answer does not tell. A link can be
/// used once, within 30 minutes, and not after the email changed: 404. Limited by address and by email. An `Idempotency-Key`
/// counts per user, or per `email` if that is given: sent again, nothing is mailed.
#[utoipa::path(
    post,
    path = "/v1/users/verification",
    operation_id = "VerifyEmail",
    tag = "accounts",
    params(CommandHeaders),
    request_body = Body,
    responses(
        (status = 202, description = "If there is something to verify, a mail is on its way"),
        (status = 204, description = "Verified"),
        CommandProblems
    ),
    security((), ("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    caller: Result<Caller, Problem>,
    Optional { body, attempt }: Optional<Body>,
) -> Result<Response, Problem> {
    match (body.token, body.email) {
        (Some(_), Some(_)) => Err(Problem::invalid("/email", "stands beside a token, which is whose it is")),
        (Some(token), None) => Ok(verify(&commands, &context, &attempt, &token).await?.into_response()),
        (None, Some(email)) => Ok(commands.mail(&context, &attempt, Purpose::Verify, &email).await?.into_response()),
        (None, None) => mail_caller(&commands, &context, &caller?, &attempt).await,
    }
}

async fn verify(
    commands: &Commands,
    context: &RequestContext,
    attempt: &Attempt,
    token: &str,
) -> Result<NoContent, Problem> {
    commands.limits.address(context)?;
    let link = Link::read(token, Purpose::Verify, commands.accounts.link_key()).ok_or(Problem::NotFound)?;
    let user = link.user;
    let mut request = commands.request(context, commands.receipts(attempt, None));
    request.actor_id = Some(user.0);
    let at = request.occurred_at;
    let done: Done<()> = commands
        .store
        .execute(&request, |unit| async move {
            unit.idempotent(&format!("user/{user}")).await?;
            let account = unit.load::<User>(&user.to_string()).await?;
            let events = account.decide(UserCommand::VerifyEmail { proof: link.proof, at }).map_err(refused)?;
            unit.append::<User>(&user.to_string(), events, None);
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(no_content(&done))
}

/// Who is signed in may know how it is with their own account.
async fn mail_caller(
    commands: &Commands,
    context: &RequestContext,
    caller: &Caller,
    attempt: &Attempt,
) -> Result<Response, Problem> {
    let foreseen = commands.foresee(caller, attempt, |actor| async move { Asked::of(&actor.account) }).await?;
    if foreseen.replayed {
        return Ok(answer(&foreseen));
    }
    let order = match &foreseen.value {
        Asked { verified: false, email: Some(email) } => {
            let email = commands.accounts.email_digest(email);
            Some((commands.room_for_mail(context, &email)?, Order { purpose: Purpose::Verify, email }))
        }
        Asked { .. } => None,
    };
    // Of the same request twice at once, one alone finds no receipt.
    let done = commands.execute(caller, attempt, |actor| async move { Asked::of(&actor.account) }).await?;
    if let Some((room, order)) = order.filter(|_| !done.replayed && !done.value.verified) {
        room.send(order);
    }
    Ok(answer(&done))
}

impl Asked {
    fn of(account: &User) -> Result<Self, Problem> {
        let (verified, email) = (account.email_verified, account.email.clone());
        if email.is_none() {
            return Err(Problem::invalid("", "your account has no email"));
        }
        Ok(Self { verified, email })
    }
}

fn answer(done: &Done<Asked>) -> Response {
    if done.value.verified {
        return no_content(done).into_response();
    }
    // As who is not signed in is answered: nothing is on record.
    Accepted { marks: Marks::default().replayed(done.replayed) }.into_response()
}
