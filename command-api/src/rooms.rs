//! Rooms.

mod archive_room;
mod close_room;
mod create_room;
mod transfer_ownership;
mod unarchive_room;
mod update_room;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(create_room::handle))
        .routes(routes!(update_room::handle, close_room::handle))
        .routes(routes!(transfer_ownership::handle))
        .routes(routes!(archive_room::handle, unarchive_room::handle))
}
