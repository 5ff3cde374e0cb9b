//! Roles of a room.

mod change_role;
mod define_role;
mod delete_role;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new().routes(routes!(define_role::handle)).routes(routes!(change_role::handle, delete_role::handle))
}
