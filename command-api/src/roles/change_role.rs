//! `ChangeRole`: somebody changes a role's name, its rank, or what it gives and takes.

use api_kit::openapi::{CommandHeaders, CommandProblems, VersionHeader};
use api_kit::shape::{self, PermissionName};
use api_kit::{Answer, IfMatch, Path, Problem, Submitted};
use axum::extract::State;
use domain::id::{RoleId, RoomId};
use domain::permission::PermissionSet;
use domain::room::{RoleChanges, Room, RoomCommand};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::Commands;
use crate::actor::Actor;
use crate::answer::{Changed, Positioned, Shown, marks, shown};
use crate::caller::Caller;
use crate::chosen::given;
use crate::refused::refused;

/// What shall be different; what is absent stays.
#[derive(Deserialize, ToSchema)]
#[schema(as = ChangeRole)]
pub(crate) struct Body {
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "Moderator", min_length = 1, max_length = 100)]
    name: Option<String>,
    /// Greater stands higher.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    rank: Option<i32>,
    #[serde(default)]
    permissions: Permissions,
}

/// What it shall give and take: of two that are absent, each stays.
#[derive(Default, Deserialize, ToSchema)]
#[schema(as = ChangedRolePermissions)]
struct Permissions {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<PermissionName>, required = false)]
    allow: Option<PermissionSet>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<PermissionName>, required = false)]
    deny: Option<PermissionSet>,
}

/// Changes a role, for everyone who has it.
///
/// Needs `manage_roles`, a rank above what the role has and shall have, and every permission that it gives more.
/// `If-Match` takes the role's version.
#[utoipa::path(
    patch,
    path = "/v1/rooms/{room}/roles/{role}",
    operation_id = "ChangeRole",
    tag = "roles",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("role" = Uuid, Path, description = "The role"),
        CommandHeaders,
        VersionHeader,
    ),
    request_body = Body,
    responses((status = 200, description = "Changed", body = Positioned<shape::Role>), CommandProblems),
    security(("token" = []), ("cookie" = [])),
)]
pub(crate) async fn handle(
    State(commands): State<Commands>,
    caller: Caller,
    Path((room, role)): Path<(RoomId, RoleId)>,
    if_match: IfMatch,
    Submitted { body, attempt }: Submitted<Body>,
) -> Result<Answer<Positioned<Shown<shape::Role, shape::Role>>>, Problem> {
    let Body { name, rank, permissions: Permissions { allow, deny } } = body;
    let (changes, if_match) = (&RoleChanges { name, rank, allow, deny }, &if_match);
    let done = commands.execute(&caller, &attempt, |actor| change(actor, room, role, changes, if_match)).await?;
    let (marks, position) = (marks(&done), done.position);
    let rendered = match &commands.render {
        Some(render) => Some(render.role(caller.user()?.0, room.0, role.0, position).await),
        None => None,
    };
    let (resource, version) = shown(role.0, done.value, rendered);
    Ok(Answer { body: Positioned { resource, position }, marks: marks.version(version) })
}

async fn change(
    actor: Actor,
    room: RoomId,
    id: RoleId,
    changes: &RoleChanges,
    if_match: &IfMatch,
) -> Result<Changed<shape::Role>, Problem> {
    let place = actor.place(room).await?;
    let change = RoomCommand::ChangeRole { room, by: place.standing, role: id, changes: changes.clone() };
    let events = place.room.decide(change).map_err(refused)?;
    if_match.check(place.room.roles.get(&id).map_or(0, |role| role.version))?;
    actor.unit.append::<Room>(&room.to_string(), events, Some(room.0));
    let room = actor.unit.look::<Room>(&room.to_string()).await?;
    let role = room.roles.get(&id).ok_or(Problem::NotFound)?;
    let names = |permissions: &PermissionSet| permissions.iter().map(|one| one.name().to_owned()).collect();
    let known = shape::Role {
        id: id.0,
        name: role.name.clone(),
        rank: role.rank,
        permissions: shape::RolePermissions { allow: names(&role.allow), deny: names(&role.deny) },
        version: role.version,
    };
    Ok(Changed { version: role.version, known: Some(known) })
}
