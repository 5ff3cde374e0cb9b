//! `RequestPasswordReset`: somebody who forgot their password is mailed a link.

use api_kit::openapi::CommandProblems;
use api_kit::{Accepted, Json, Problem, RequestContext};
use axum::extract::State;
use domain::text;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Purpose;
use crate::Commands;
use crate::mail::Order;
use crate::refused::refused;

/// Whose password.
#[derive(Deserialize, ToSchema)]
#[schema(as = RequestPasswordReset)]
pub(crate) struct Body {
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
}

/// Mails a link to the account with this email, if there is one: with it `ResetPassword` takes a new password within 30
/// minutes.
///
/// The answer is the same, and comes at the same time, whether there is one or not. Limited by address and by email.
#[utoipa::path(
    post,
    path = "/v1/password-resets",
    operation_id = "RequestPasswordReset",
    tag = "accounts",
    request_body = Body,
    responses((status = 202, description = "If there is such an account, a mail is on its way"), CommandProblems),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    Json(body): Json<Body>,
) -> Result<Accepted, Problem> {
    text::email(body.email.trim()).map_err(refused)?;
    let email = commands.accounts.email_digest(&body.email);
    commands.limits.mail(&context, email.as_bytes())?;
    commands.outbox.take(Order { purpose: Purpose::Reset, email })?;
    Ok(Accepted::default())
}
