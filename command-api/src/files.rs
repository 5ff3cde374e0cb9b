//! Files: their bytes on the way in, who may see them, and their end.

mod access;
mod delete_file;
mod grant_room;
mod grant_user;
mod grantee;
mod inflow;
mod kind;
mod picture;
pub(crate) mod plain;
mod preview;
pub(crate) mod quota;
mod receive;
pub(crate) mod record;
mod revoke_room;
mod revoke_user;
pub(crate) mod signed_in;
pub(crate) mod store;
pub(crate) mod upload_file;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use picture::Pictures;
pub use record::described;
pub use store::{FileSettings, Files};

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new()
        .routes(routes!(delete_file::handle))
        .routes(routes!(grant_user::handle, revoke_user::handle))
        .routes(routes!(grant_room::handle, revoke_room::handle))
}

/// What takes as long as the bytes take to come.
pub(crate) fn uploads() -> OpenApiRouter<Commands> {
    OpenApiRouter::new().routes(routes!(upload_file::handle))
}
