//! `DefineRole`: somebody makes a role of a room.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::shape::PermissionName;
use api_kit::{Created, IfMatch, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::{RoleId, RoomId};
use domain::permission::PermissionSet;
use domain::room::{NewRole, Room, RoomCommand};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Commands;
use crate::answer::{Made, marks};
use crate::caller::Caller;
use crate::chosen::{ChosenId, or_new};
use crate::refused::refused;

/// A role to be made.
#[derive(Deserialize, ToSchema)]
#[schema(as = DefineRole)]
pub(crate) struct Body {
    /// A UUID of version 7 of one's own choice.
    #[schema(value_type = Option<Uuid>)]
    id: Option<ChosenId>,
    #[schema(example = "Moderator", min_length = 1, max_length = 100)]
    name: String,
    /// Greater stands higher.
    #[schema(example = 10)]
    rank: i32,
    /// What it gives and takes: nothing unless said otherwise.
    #[serde(default)]
    permissions: Permissions,
}

/// What a role gives and takes: a deny beats an allow.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = NewRolePermissions)]
struct Permissions {
    #[serde(default)]
    #[schema(value_type = Vec<PermissionName>)]
    allow: PermissionSet,
    #[serde(default)]
    #[schema(value_type = Vec<PermissionName>)]
    deny: PermissionSet,
}

/// Makes a role of a room.
///
/// Needs `manage_roles`, a rank above the role's, and every permission that it gives. A room has at most 100 roles. The
/// version is the room's.
#[utoipa::path(
    post,
    path = "/v1/rooms/{room}/roles",
    operation_id = "DefineRole",
    tag = "roles",
    params(("room" = Uuid, Path, description = "The room"), CommandHeaders, VersionHeader),
    request_body = Body,
    responses((status = 201, description = "Made", body = Made), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path(room): Path<RoomId>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Created<Made>, Problem> {
    let role = RoleId(or_new(body.id, &commands.context));
    let (chosen, Permissions { allow, deny }) = (body.id.map(|ChosenId(id)| id), body.permissions);
    let (new, if_match) = (&NewRole { name: body.name, rank: body.rank, allow, deny }, &if_match);
    let done = commands
        .create(&caller, &attempt, chosen, |actor| async move {
            let place = actor.place(room).await?;
            let define = RoomCommand::DefineRole { room, by: place.standing, role, new: new.clone() };
            let events = place.room.decide(define).map_err(refused)?;
            if_match.check(place.room.sequence)?;
            actor.unit.append::<Room>(&room.to_string(), events, Some(room.0));
            Ok(role.0)
        })
        .await?;
    let made = Made { id: done.value, position: done.position };
    Ok(Created { location: format!("/v1/rooms/{room}/roles/{}", made.id), body: made, marks: marks(&done) })
}
