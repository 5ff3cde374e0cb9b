//! `RequestPasswordReset`: somebody who forgot their password is mailed a link.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Accepted, Problem, RequestContext, Submitted};
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Purpose;
use crate::Commands;

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
/// The answer is the same, and comes at the same time, whether there is one or not. Limited by address and by email. An
/// `Idempotency-Key` counts per email: sent again, nothing is mailed.
#[utoipa::path(
    post,
    path = "/v1/password-resets",
    operation_id = "RequestPasswordReset",
    tag = "accounts",
    params(CommandHeaders),
    request_body = Body,
    responses((status = 202, description = "If there is such an account, a mail is on its way"), CommandProblems),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Accepted, Problem> {
    commands.mail(&context, &attempt, Purpose::Reset, &body.email).await
}
