//! Uploads that go on where they were cut: tus 1.0.0 (<https://tus.io/protocols/resumable-upload>), with its extensions
//! creation, creation-with-upload, checksum, expiration and termination.
//!
//! What is on its way is no fact: it lies beside the blobs, with a note of whose it is, until it is whole. Then it
//! becomes a file, whose id is the upload's, so that it becomes one once however often its end is sent. For a secret
//! room it is sealed before it lies anywhere.

mod append_upload;
mod checksum;
mod complete;
mod create_upload;
mod describe_uploads;
mod end_upload;
mod forget;
mod get_upload;
mod metadata;
mod note;
mod part;
mod protocol;
mod sealed_part;
mod secret_note;
mod tunnel;
mod turn;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub(crate) use protocol::speak;
pub(crate) use turn::Turns;

use crate::Commands;

pub(crate) fn routes() -> OpenApiRouter<Commands> {
    OpenApiRouter::new().routes(routes!(create_upload::handle, describe_uploads::handle)).routes(routes!(
        get_upload::handle,
        append_upload::handle,
        end_upload::handle,
        tunnel::handle
    ))
}
