//! Who is in a room.

mod add_member;
mod join_room;
mod leave_room;
mod remove_member;
mod update_membership;

use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::Commands;

/// Somebody is in a room.
#[derive(Serialize, ToSchema)]
pub(crate) struct Present {
    /// The room.
    room_id: Uuid,
    /// Who.
    user_id: Uuid,
    /// The place of their coming in; if they were in it already, of the newest event that says so.
    #[schema(example = 42)]
    position: i64,
}

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(join_room::handle, leave_room::handle))
        .routes(routes!(add_member::handle, remove_member::handle))
        .routes(routes!(update_membership::handle))
}
