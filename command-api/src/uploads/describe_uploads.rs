//! `DescribeUploads`: what is spoken here.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};

use super::checksum;
use super::protocol::{ALGORITHMS, EXTENSIONS, MAX_SIZE, VERSION, VERSIONS};
use crate::Commands;

/// What of tus is spoken here.
#[utoipa::path(
    options,
    path = "/v1/uploads",
    operation_id = "DescribeUploads",
    tag = "files",
    responses((status = 204, description = "`Tus-Version`, `Tus-Extension`, `Tus-Max-Size`, `Tus-Checksum-Algorithm`")),
)]
pub(crate) async fn handle(State(commands): State<Commands>) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(VERSIONS, VERSION);
    headers
        .insert(EXTENSIONS, HeaderValue::from_static("creation,creation-with-upload,checksum,expiration,termination"));
    headers.insert(ALGORITHMS, HeaderValue::from_static(checksum::ALGORITHMS));
    if let Ok(files) = commands.files() {
        headers.insert(MAX_SIZE, files.settings.file_bytes.into());
    }
    (StatusCode::NO_CONTENT, headers)
}
