//! Who may not come into a room.

mod ban_member;
mod unban_member;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new().routes(routes!(ban_member::handle, unban_member::handle))
}
