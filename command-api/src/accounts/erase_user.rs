//! `EraseUser`: somebody erases their account, and all that they wrote with it.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::sign_in::cleared_cookie;
use api_kit::{Answer, IfMatch, Problem, Submitted, shape};
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::user::{User, UserCommand, UserEvent};
use event_store::{Done, StoreError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{EMAIL_CLAIM, Password};
use crate::Commands;
use crate::actor::Actor;
use crate::administration::role;
use crate::answer::marks;
use crate::caller::Caller;
use crate::erasure::Destroyed;
use crate::holds::Erasing;
use crate::receipted::receipt_of;
use crate::refused::refused;

/// What proves that it is meant.
#[derive(Deserialize, ToSchema)]
#[schema(as = EraseUser)]
pub(crate) struct Body {
    /// One's password; 422 if it is wrong.
    password: Password,
}

/// How far it has come.
#[derive(Serialize, Deserialize)]
struct Erased {
    /// The hash that the password is compared with. Not kept.
    #[serde(skip)]
    phc: Option<String>,
    destroyed: Option<Destroyed>,
}

receipt_of!(Erased { destroyed; not phc });

/// Erases one's account for good.
///
/// The key of all that is one's own is destroyed: profile, settings, sessions and every message, wherever it was sent,
/// are unreadable from this answer on, in every copy of the log, and are shown as deleted. Every session ends. The email
/// is free to be registered again. The answer is a receipt; whoever keeps its address can look how far copies are purged.
/// The last administrator stays: 409 `last-admin`. So does what a legal hold keeps: 409 `legal-hold`.
///
/// Sent again with the same `Idempotency-Key`, in the session that it ended, it is answered again.
#[utoipa::path(
    delete,
    path = "/v1/users/me",
    operation_id = "EraseUser",
    tag = "accounts",
    params(CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 200, description = "Erased", body = shape::Erasure), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    if_match: IfMatch,
    uri: Uri,
    headers: HeaderMap,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Response, Problem> {
    let wrong = || Problem::invalid("/password", "is not your password");

    // Hashes are not computed while a command is decided. What is read here changes nothing, and is compared below.
    let read = commands.foresee(&caller, &attempt, |actor| async move {
        Ok(Erased { phc: actor.account.password.clone(), destroyed: None })
    });
    let read = read.await?;
    let done = if read.replayed {
        read
    } else {
        commands.limits.sign_in(&caller.request, caller.user()?.0.as_bytes())?;
        if !commands.accounts.hasher().verify(&body.password, read.value.phc.as_deref()).await? {
            return Err(wrong());
        }
        let (commands, verified, if_match) = (&commands, &read.value.phc, &if_match);
        let account = Erasing { kind: "account", id: caller.user()?.0 };
        let erased = commands.erase(&caller, &attempt, account, |actor| async move {
            if_match.check(actor.account.sequence)?;
            if actor.account.password != *verified {
                return Err(wrong());
            }
            erase(commands, &actor).await
        });
        erased.await?
    };
    commands.forget_uploads_of(caller.user()?).await;
    answer(&commands, &done, &headers, &uri)
}

async fn erase(commands: &Commands, actor: &Actor) -> Result<Erased, Problem> {
    let (unit, user, id) = (&actor.unit, actor.user, actor.user.to_string());
    let events = actor.account.decide(UserCommand::Erase { user }).map_err(refused)?;
    let erasure = events
        .iter()
        .find_map(|event| if let UserEvent::UserErased { erasure } = event { Some(erasure.clone()) } else { None });
    let erasure = erasure.ok_or_else(|| Problem::internal("an account was erased without an erasure"))?;
    actor.let_oneself_go(commands).await?;
    role::leave(unit, user, &actor.account).await?;
    let positions = commands.store.reader().positions_of("user", &id).await.map_err(StoreError::from)?;
    if let Some(email) = &actor.account.email {
        unit.release(EMAIL_CLAIM, commands.accounts.email_digest(email).as_bytes().to_vec(), id.clone());
    }
    let destroyed = Commands::destroys(unit, erasure, positions, actor.at.into());
    unit.append::<User>(&id, events, None);
    Ok(Erased { phc: None, destroyed: Some(destroyed) })
}

fn answer(commands: &Commands, done: &Done<Erased>, headers: &HeaderMap, uri: &Uri) -> Result<Response, Problem> {
    let destroyed = done.value.destroyed.as_ref();
    let destroyed = destroyed.ok_or_else(|| Problem::internal("an account was erased without a receipt"))?;
    let body = commands.receipt(done, "account", destroyed);
    let cleared = headers.contains_key(COOKIE).then(|| (SET_COOKIE, cleared_cookie(headers, uri)));
    Ok((AppendHeaders(cleared), Answer { body, marks: marks(done) }).into_response())
}
