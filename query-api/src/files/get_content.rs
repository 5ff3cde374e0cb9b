//! A file's bytes.

use api_kit::openapi::{QueryHeaders, QueryProblems};
use api_kit::serve::Wire;
use api_kit::{Marks, Path, Problem, Query};
use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
};
use axum::http::{HeaderMap, HeaderName, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use blob_store::BlobError;
use domain::id::FileId;
use serde::Deserialize;
use utoipa::IntoParams;

use super::access::Kept;
use super::disposition::disposition;
use super::guarded::guarded;
use super::range;
use crate::Queries;
use crate::asker::Asker;

/// How it is to be sent.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Parameters {
    /// Whether a browser may show it: only PNG, JPEG, GIF and WebP are, all else is saved.
    #[serde(default)]
    inline: bool,
    /// Whether the preview of an image is asked for, a JPEG or PNG of at most 320 pixels a side. Only a file with a width
    /// has one.
    #[serde(default)]
    preview: bool,
}

/// A file's bytes, or those of its preview, for who may see it, whole or a range of them. Whoever may not any more while
/// they come, gets no more.
#[utoipa::path(
    get,
    path = "/v1/files/{id}/content",
    operation_id = "GetFileContent",
    tag = "files",
    params(
        ("id" = Uuid, Path, description = "The file"),
        Parameters,
        ("Range" = Option<String>, Header, description = "`bytes=first-last`, `bytes=first-` or `bytes=-last`"),
        ("If-Range" = Option<String>, Header, description = "The entity tag of the bytes of which the range is"),
        ("If-None-Match" = Option<String>, Header, description = "Entity tags of bytes that the client has"),
        QueryHeaders
    ),
    responses(
        (status = 200, description = "All of it", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 206, description = "The range", content_type = "application/octet-stream", body = Vec<u8>),
        (status = 304, description = "The client has it"),
        (status = 416, description = "There is no such range"),
        QueryProblems
    ),
    security(("token" = []), ("cookie" = []))
)]
pub(crate) async fn handle(
    State(queries): State<Queries>,
    asker: Asker,
    Path(id): Path<FileId>,
    Query(parameters): Query<Parameters>,
    method: Method,
    headers: HeaderMap,
    Extension(wire): Extension<Wire>,
) -> Result<Response, Problem> {
    let (view, seen) = queries.asking(&asker).file(id).await?;
    let marks = Marks::at(view.position);
    // Its connection is wanted elsewhere while the bytes go.
    drop(view);
    let filename = seen.file.filename.unwrap_or_default();
    let (kept, filename) = if parameters.preview {
        previewed(&filename, seen.preview.ok_or(Problem::NotFound)?)
    } else {
        (seen.bytes.ok_or(Problem::BytesNotImported)?, filename)
    };
    let etag = format!("\"sha256-{}\"", kept.sha256);
    if range::is_known(&headers, &etag) {
        return Ok((StatusCode::NOT_MODIFIED, marks, [(ETAG, etag)]).into_response());
    }
    let size = u64::try_from(kept.size).map_err(Problem::internal)?;
    // Of HEAD no ranges are defined.
    let part = if method == Method::GET { range::wanted(&headers, size, &etag)? } else { None };
    let status = if part.is_some() { StatusCode::PARTIAL_CONTENT } else { StatusCode::OK };
    let of = part.as_ref().map(|part| (CONTENT_RANGE, format!("bytes {}-{}/{size}", part.start, part.end - 1)));
    let part = part.unwrap_or(0..size);
    let length = part.end - part.start;
    let body = if method == Method::GET {
        let name = kept.blob.parse().map_err(Problem::internal)?;
        let blobs = queries.blobs()?;
        let reading = match &kept.key {
            Some(key) => blobs.read_sealed(&name, key, size, part).await,
            None => blobs.read(&name, part).await,
        };
        let reading = reading.map_err(|error| lost(error, asker.viewer.is_some()))?;
        Body::from_stream(guarded(queries.clone(), asker, id, reading, &wire))
    } else {
        Body::empty()
    };
    let disposition = disposition(&filename, &kept.media_type, parameters.inline);
    let mut response = (status, marks, described(kept.media_type, disposition, etag, length), body).into_response();
    if let Some((name, value)) = of {
        response.headers_mut().insert(name, value.parse().map_err(Problem::internal)?);
    }
    Ok(response)
}

/// A preview, and what it is called.
fn previewed(of: &str, kept: Kept) -> (Kept, String) {
    let ending = if kept.media_type == "image/png" { "png" } else { "jpg" };
    let filename = format!("{of}.preview.{ending}");
    (kept, filename)
}

fn described(media_type: String, disposition: String, etag: String, length: u64) -> [(HeaderName, String); 6] {
    [
        (CONTENT_TYPE, media_type),
        (CONTENT_LENGTH, length.to_string()),
        (CONTENT_DISPOSITION, disposition),
        // Whatever it is, it does nothing in this origin's name.
        (CONTENT_SECURITY_POLICY, "sandbox".to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
        (ETAG, etag),
    ]
}

/// Bytes that are on record are there, or the disk is not; what was there in the past may be gone by today.
fn lost(error: BlobError, is_past: bool) -> Problem {
    match error {
        BlobError::Missing if is_past => Problem::NotFound,
        error @ (BlobError::Missing | BlobError::Damaged | BlobError::Full(_) | BlobError::Failed(_)) => {
            Problem::unavailable(error)
        }
    }
}
