//! Invites to rooms.

mod accept_invite;
mod create_invite;
mod entry;
mod revoke_invite;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) use entry::enter;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(create_invite::handle))
        .routes(routes!(revoke_invite::handle))
        .routes(routes!(accept_invite::handle))
}
