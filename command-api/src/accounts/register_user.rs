//! `RegisterUser`: somebody makes an account.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Problem, RequestContext, Submitted};
use axum::extract::State;
use domain::id::UserId;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{NewAccount, Password};
use crate::answer::{Made, marks};
use crate::{Commands, Registration};

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = RegisterUser)]
pub(crate) struct Body {
    /// Unique without regard to case.
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// 8 to 1024 bytes, not among the common ones.
    password: Password,
    /// What others see.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    display_name: String,
}

/// Makes an account, where everyone may: otherwise 403 `registration-closed`.
#[utoipa::path(
    post,
    path = "/v1/users",
    operation_id = "RegisterUser",
    tag = "accounts",
    params(CommandHeaders),
    request_body = Body,
    responses((status = 201, description = "Made", body = Made), CommandProblems),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    context: RequestContext,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Created<Made>, Problem> {
    commands.limits.address(&context)?;
    match commands.settings.registration {
        Registration::Open => {}
        Registration::Closed => return Err(Problem::RegistrationClosed),
    }
    let id = UserId(commands.context.new_id());
    let mut request = commands.request(&context, commands.receipts(&attempt, None));
    request.actor_id = Some(id.0);
    let Body { email, password, display_name } = body;
    let account = NewAccount { id, email, display_name, password: Some(password) };
    let done = commands.accounts.register(&request, account).await?;
    let body = Made { id: done.value.0, position: done.position };
    Ok(Created { location: format!("/v1/users/{}", done.value), body, marks: marks(&done) })
}
