//! Messages, and how far people have read.

mod add_reaction;
mod attached;
mod delete_message;
mod edit_message;
mod forward_message;
mod mark_read;
mod named;
mod pin_message;
mod remove_reaction;
mod send_message;
mod sent;
mod unpin_message;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(send_message::handle))
        .routes(routes!(edit_message::handle, delete_message::handle))
        .routes(routes!(forward_message::handle))
        .routes(routes!(add_reaction::handle, remove_reaction::handle))
        .routes(routes!(pin_message::handle, unpin_message::handle))
        .routes(routes!(mark_read::handle))
}
