//! What a member may do, and why.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::shape::PermissionName;
use api_kit::{Answer, NoParameters, Path, Problem, Query};
use axum::extract::State;
use domain::id::{RoomId, UserId};
use domain::permission;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Queries;
use crate::asker::Asker;
use crate::place::{membership, names};

/// What a member may do, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct Explanation {
    /// What they may do.
    #[schema(value_type = Vec<PermissionName>)]
    effective: Vec<String>,
    /// Each permission, held or not.
    because: Vec<Because>,
}

/// Whether a member holds a permission, and what decided it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Because {
    #[schema(value_type = PermissionName)]
    permission: &'static str,
    /// Whether they hold it.
    held: bool,
    decided_by: DecidedBy,
}

/// What decided whether a member holds a permission.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum DecidedBy {
    /// They own the room, and so hold everything.
    Ownership,
    /// A role of theirs allows or denies it; of several that do, the highest.
    Role {
        /// Which.
        role_id: Uuid,
        /// What it is called; null once the room is erased.
        name: Option<String>,
    },
    /// What the room gives every member, and no role of theirs says otherwise.
    Room,
}

/// What a member of a room may do, and what decides it.
#[utoipa::path(
    get,
    path = "/v1/rooms/{room}/members/{user}/permissions",
    operation_id = "ExplainPermissions",
    tag = "rooms",
    params(
        ("room" = Uuid, Path, description = "The room"),
        ("user" = Uuid, Path, description = "The member"),
        QueryHeaders
    ),
    responses((status = 200, body = Explanation), QueryProblems),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path((room, user)): Path<(RoomId, UserId)>,
    Query(NoParameters {}): Query<NoParameters>,
) -> Result<Answer<Explanation>, Problem> {
    let (mut view, place) = queries.in_room(&asker, room).await?;
    let roles = sqlx::query_scalar!(
        r#"select roles as "roles!" from read.membership where room_id = $1 and user_id = $2 and present"#,
        room.0,
        user.0,
    )
    .fetch_optional(view.connection())
    .await?;
    let membership = membership(true, &roles.ok_or(Problem::NotFound)?);
    let holding = place.room.holding(user, &membership);
    let because = holding.explain().into_iter().map(|because| Because {
        permission: because.permission.name(),
        held: because.held,
        decided_by: match because.decided_by {
            permission::DecidedBy::Ownership => DecidedBy::Ownership,
            permission::DecidedBy::Role { role_id } => DecidedBy::Role {
                role_id: role_id.0,
                name: place.room.roles.get(&role_id).and_then(|role| role.name.clone()),
            },
            permission::DecidedBy::Room => DecidedBy::Room,
        },
    });
    Ok(view.answer(Explanation { effective: names(&holding.effective()), because: because.collect() }))
}
