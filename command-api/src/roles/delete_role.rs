//! `DeleteRole`: somebody takes a role from a room, and so from everyone who has it.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::{Bodiless, IfMatch, NoContent, Path, Problem};
use axum::extract::State;
use domain::id::{RoleId, RoomId};
use domain::room::{Room, RoomCommand};

use crate::Commands;
use crate::answer::no_content;
use crate::caller::Caller;
use crate::refused::refused;

/// Deletes a role, and takes it from everyone at once.
///
/// Needs `manage_roles`, a rank above the role's, and every permission that the role takes from who has it. `If-Match`
/// takes the role's version.
#[utoipa::path(
    delete,
    path = "/v1/rooms/{room}/roles/{role}",
    operation_id = "DeleteRole",
    tag = "roles",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("role" = Uuid, Path, description = "The role"),
        CommandHeaders,
        VersionHeader,
    ),
    responses((status = 204, description = "Gone"), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, role)): Path<(RoomId, RoleId)>,
    if_match: IfMatch,
    Bodiless(attempt): Bodiless,
) -> Result<NoContent, Problem> {
    let if_match = &if_match;
    let done = commands
        .execute(&caller, &attempt, |actor| async move {
            let place = actor.place(room).await?;
            let delete = RoomCommand::DeleteRole { by: place.standing, role };
            let events = place.room.decide(delete).map_err(refused)?;
            if_match.check(place.room.roles.get(&role).map_or(0, |role| role.version))?;
            actor.unit.append::<Room>(&room.to_string(), events, Some(room.0));
            Ok(())
        })
        .await?;
    Ok(no_content(&done))
}
