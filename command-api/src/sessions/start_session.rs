//! `StartSession`: somebody signs in on a device.

use api_kit::openapi::CommandProblems;
use api_kit::sign_in::session_cookie;
use api_kit::{Created, Json, Marks, Problem, RequestContext, Timestamp, Token};
use axum::extract::State;
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, Uri};
use axum::response::{AppendHeaders, IntoResponse, Response};
use domain::id::SessionId;
use domain::session::{Session, SessionCommand};
use domain::user::User;
use event_store::Done;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::accounts::Password;
use crate::refused::refused;

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[schema(as = StartSession)]
pub(crate) struct Body {
    #[schema(example = "ada@example.org")]
    email: String,
    password: Password,
    /// Whether to set the session's cookie too, for a browser.
    #[serde(default)]
    cookie: bool,
}

/// A session and what proves it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Started {
    /// To be sent as `Authorization: Bearer <token>`. It is not kept and never shown again.
    token: String,
    /// The session's id.
    session_id: Uuid,
    /// Whose it is.
    user_id: Uuid,
    /// When it ends by itself.
    expires_at: Timestamp,
    /// The place of its start.
    #[schema(example = 42)]
    position: i64,
}

/// Signs in.
///
/// Wrong email and wrong password are the same 401 in the same time. Who has the right ones of a suspended account is told
/// so: 403. Limited by address and by account. It takes no `Idempotency-Key`, as the token is kept nowhere: sent again,
/// it starts another session.
#[utoipa::path(
    post,
    path = "/v1/sessions",
    operation_id = "StartSession",
    tag = "sessions",
    request_body = Body,
    responses((status = 201, description = "Started", body = Started), CommandProblems),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    uri: Uri,
    headers: HeaderMap,
    Json(body): Json<Body>,
) -> Result<Response, Problem> {
    let email = commands.accounts.email_digest(&body.email);
    commands.limits.sign_in(&context, email.as_bytes())?;
    let request = commands.request(&context, vec![]);
    let proven = commands.accounts.prove(&request, &email, &body.password).await?;

    let (user, verified) = (proven.user, &proven.phc);
    let session = SessionId(commands.context.new_id());
    let token = Token::new(session.0, &commands.context);
    let lifetime = commands.settings.session_lifetime;
    let start = |generation| SessionCommand::Start {
        user,
        secret_sha256: token.secret_sha256(),
        generation,
        ip: context.client_ip.to_string(),
        user_agent: context.user_agent.clone().unwrap_or_default(),
        expires_at: request.occurred_at + lifetime,
    };
    let start = &start;
    let done: Done<()> = commands
        .store
        .execute(&request, |unit| async move {
            // A guard: the session is of the generation that its password was verified for.
            let account = unit.load::<User>(&user.to_string()).await?;
            if account.password.as_ref() != Some(verified) {
                return Err(Problem::WrongCredentials);
            }
            if account.suspended {
                return Err(Problem::AccountSuspended);
            }
            unit.actor(user.0, session.0);
            let events = Session::default().decide(start(account.generation)).map_err(refused)?;
            unit.append::<Session>(&session.to_string(), events, None);
            Ok(())
        })
        .await?;

    let body_cookie = body.cookie.then(|| session_cookie(&token, lifetime.whole_seconds(), &headers, &uri));
    let started = Started {
        token: token.text(),
        session_id: session.0,
        user_id: user.0,
        expires_at: (request.occurred_at + lifetime).into(),
        position: done.position,
    };
    let location = format!("/v1/sessions/{session}");
    let created = Created { location, body: started, marks: Marks::at(done.position) };
    Ok((AppendHeaders(body_cookie.map(|cookie| (SET_COOKIE, cookie))), created).into_response())
}
