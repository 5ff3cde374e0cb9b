//! Sessions: one for each sign-in of a device.

mod revoke_current_session;
mod revoke_other_sessions;
mod revoke_session;
mod start_session;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(start_session::handle, revoke_other_sessions::handle))
        .routes(routes!(revoke_current_session::handle))
        .routes(routes!(revoke_session::handle))
}
