//! One role of a room.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::shape::{self, RolePermissions};
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use domain::id::{RoleId, RoomId};

use crate::Queries;
use crate::asker::Asker;
use crate::place::{Place, names};

/// A role of a room that one is a member of, or of a public one.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/roles/{role}",
    operation_id = "GetRole",
    tag = "roles",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("role" = Uuid, Path, description = "The role"),
        QueryHeaders
    ),
    responses((status = 200, body = shape::Role), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, role)): Path<(RoomId, RoleId)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<shape::Role>, Problem> {
    let (view, place) = queries.at(&asker, room).await?;
    let role = role_of(&place, role)?;
    Ok(view.answer_of(role.version, role))
}

/// The role, as it stands in the room's row.
pub(crate) fn role_of(place: &Place, id: RoleId) -> Result<shape::Role, Problem> {
    place.knows()?;
    let role = place.room.roles.get(&id).ok_or(Problem::NotFound)?;
    let permissions = RolePermissions { allow: names(&role.allow), deny: names(&role.deny) };
    Ok(shape::Role { id: id.0, name: role.name.clone(), rank: role.rank, permissions, version: role.version })
}
