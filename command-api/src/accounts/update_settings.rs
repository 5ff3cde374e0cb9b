//! `UpdateSettings`: somebody's clients replace what they keep for them.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{IfMatch, NoContent, Problem, Submitted};
use axum::extract::State;
use domain::settings::{Settings, SettingsCommand};
use serde_json::Value;

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Replaces one's settings: a JSON object of at most 16 KiB, which means what one's clients say it means.
#[utoipa::path(
    put,
    path = "/v1/users/me/settings",
    operation_id = "UpdateSettings",
    tag = "accounts",
    params(CommandHeaders, VersionHeader),
    request_body(content = Object, description = "A JSON object of at most 16 KiB"),
    responses((status = 204, description = "Replaced"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Value>,
) -> Result<NoContent, Problem> {
    let (body, if_match) = (&body, &if_match);
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let (user, id) = (actor.user, actor.user.to_string());
            let settings = actor.unit.load_last::<Settings>(&id).await?;
            let command = SettingsCommand::Update { user, settings: body.clone() };
            let events = settings.decide(command).map_err(refused)?;
            if_match.check(settings.sequence)?;
            actor.unit.append::<Settings>(&id, events, None);
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
