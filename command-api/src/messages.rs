//! Messages, and how far people have read.

mod delete_message;
mod edit_message;
mod mark_read;
mod send_message;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(send_message::handle))
        .routes(routes!(edit_message::handle, delete_message::handle))
        .routes(routes!(mark_read::handle))
}
