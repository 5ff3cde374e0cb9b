//! `RegisterUser`: somebody makes an account.

use api_kit::openapi::{CommandHeaders, CommandProblems};
use api_kit::{Created, Problem, RequestContext, Submitted};
use axum::extract::State;
use domain::id::{InviteCode, UserId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::register::no_invite;
use super::{NewAccount, Password};
use crate::answer::{Made, marks};
use crate::chosen::{ChosenId, or_new};
use crate::{Commands, Registration};

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = RegisterUser)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    /// Unique without regard to case.
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// 8 to 1024 bytes, not among the common ones.
    password: Password,
    /// What others see.
    #[schema(example = "Ada", min_length = 1, max_length = 100)]
    display_name: String,
    /// The code of an invite to a room: the new account is a member of it at once, which uses the invite up by one.
    #[serde(default)]
    invite_code: Option<String>,
}

/// Makes an account, where everyone may, or who has an invite; where nobody may, 403 `registration-closed`.
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
    match (commands.settings.registration, &body.invite_code) {
        (Registration::Closed, _) => return Err(Problem::RegistrationClosed),
        (Registration::Invite, None) => {
            return Err(Problem::invalid("/invite_code", "is missing: accounts are made by invite here"));
        }
        (Registration::Open, _) | (Registration::Invite, Some(_)) => {}
    }
    let invite = body.invite_code.as_deref().map(|code| code.parse::<InviteCode>().map_err(|_| no_invite()));
    let invite = invite.transpose()?;
    let chosen = body.id.map(|ChosenId(id)| id);
    let id = UserId(or_new(body.id, &commands.context));
    let mut request = commands.request(&context, commands.receipts(&attempt, chosen));
    request.actor_id = Some(id.0);
    let Body { id: _, email, password, display_name, invite_code: _ } = body;
    let account = NewAccount { id, email, display_name, password: Some(password), answered_for: false };
    let done = match invite {
        Some(code) => commands.accounts.register_invited(&request, account, code).await?,
        None => commands.accounts.register(&request, account).await?,
    };
    let body = Made { id: done.value.0, position: done.position };
    Ok(Created { location: format!("/v1/users/{}", done.value), body, marks: marks(&done) })
}
