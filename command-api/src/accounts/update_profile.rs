//! `UpdateProfile`: somebody changes how others see them.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Answer, IfMatch, Problem, Submitted, shape};
use axum::extract::State;
use domain::file::File;
use domain::id::FileId;
use domain::user::{InstanceRole, User, UserCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Commands;
use crate::answer::{Changed, Positioned, Shown, marks, shown};
use crate::caller::Caller;
use crate::chosen::given;
use crate::refused::refused;

/// What shall be different; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = UpdateProfile)]
pub(crate) struct Body {
    /// What others see.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Ada", min_length = 1, max_length = 100)]
    display_name: Option<String>,
    /// The file of one's picture: one of one's own, and of no secret room. Whoever sees the account sees it. Null is none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Uuid>)]
    #[expect(clippy::option_option, reason = "absent, null and a value are three things")]
    avatar_file_id: Option<Option<FileId>>,
}

/// What a command knows of the caller's account.
#[derive(Serialize)]
pub(crate) struct Known {
    id: Uuid,
    display_name: Option<String>,
    avatar_file_id: Option<Uuid>,
    email: Option<String>,
    email_verified: bool,
    roles: Vec<InstanceRole>,
    version: i64,
}

/// Changes how others see one.
///
/// `position` is the place of the change. While the read models are behind for more than 2 s, the answer may lack
/// `created_at`.
#[utoipa::path(
    patch,
    path = "/v1/users/me",
    operation_id = "UpdateProfile",
    tag = "accounts",
    params(CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 200, description = "Changed", body = Positioned<shape::Me>), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Answer<Positioned<Shown<shape::Me, Known>>>, Problem> {
    let (name, avatar, if_match) = (&body.display_name, body.avatar_file_id, &if_match);
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let (unit, user, id) = (&actor.unit, actor.user, actor.user.to_string());
            if_match.check(actor.account.sequence)?;
            if let Some(name) = name {
                let command = UserCommand::Rename { user, display_name: name.clone() };
                unit.append::<User>(&id, actor.account.decide(command).map_err(refused)?, None);
            }
            if let Some(file) = avatar {
                if let Some(picture) = file {
                    unit.load::<File>(&picture.to_string()).await?.pictures(user).map_err(refused)?;
                }
                let command = UserCommand::ChangeAvatar { file };
                unit.append::<User>(&id, actor.account.decide(command).map_err(refused)?, None);
            }
            let account = unit.look::<User>(&id).await?;
            let known = Known {
                id: user.0,
                display_name: account.display_name.clone(),
                avatar_file_id: account.avatar.map(|file| file.0),
                email: account.email.clone(),
                email_verified: account.email_verified,
                roles: account.roles.iter().copied().collect(),
                version: account.sequence,
            };
            Ok(Changed { version: account.sequence, known: Some(known) })
        })
        .await?;
    let (marks, position, user) = (marks(&done), done.position, caller.user()?.0);
    let rendered = match &commands.render {
        Some(render) => Some(render.me(user, position).await),
        None => None,
    };
    let (resource, version) = shown(user, done.value, rendered);
    Ok(Answer { body: Positioned { resource, position }, marks: marks.version(version) })
}
