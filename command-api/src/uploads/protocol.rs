//! What all requests and answers of tus have in common.

use api_kit::Problem;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// The version that is spoken.
pub(super) const VERSION: HeaderValue = HeaderValue::from_static("1.0.0");

pub(super) const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const VERSIONS: HeaderName = HeaderName::from_static("tus-version");
pub(super) const EXTENSIONS: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const ALGORITHMS: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
pub(super) const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const METADATA: HeaderName = HeaderName::from_static("upload-metadata");
pub(super) const EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
pub(super) const CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
pub(super) const FILE_ID: HeaderName = HeaderName::from_static("hansard-file-id");
const OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// The media type of a part.
const PART: &str = "application/offset+octet-stream";

/// Refuses requests of another version, and says in every answer which is spoken.
pub(crate) async fn speak(request: Request, next: Next) -> Response {
    let asks = request.method() == Method::OPTIONS;
    let mut response = if asks || request.headers().get(RESUMABLE) == Some(&VERSION) {
        next.run(request).await
    } else {
        let mut refusal = Problem::TusVersion.into_response();
        refusal.headers_mut().insert(VERSIONS, VERSION);
        refusal
    };
    response.headers_mut().insert(RESUMABLE, VERSION);
    response
}

/// The method that the request means: a client that cannot send it says so in a header.
pub(super) fn meant(headers: &HeaderMap) -> Option<Method> {
    headers.get(OVERRIDE).and_then(|value| Method::from_bytes(value.as_bytes()).ok())
}

/// A number of bytes.
pub(super) fn bytes(headers: &HeaderMap, name: &HeaderName) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(name) else { return Ok(None) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|digit| digit.is_ascii_digit()));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(malformed(name, "a number of bytes")),
    }
}

/// What must be said.
pub(super) fn needed<T>(value: Option<T>, name: &HeaderName) -> Result<T, Problem> {
    value.ok_or_else(|| malformed(name, "is needed here"))
}

/// Whether a part comes with the request; its media type says so.
pub(super) fn has_part(headers: &HeaderMap) -> bool {
    headers.get("content-type").is_some_and(|value| value == PART)
}

/// Refuses what is not sent as a part.
pub(super) fn is_part(headers: &HeaderMap) -> Result<(), Problem> {
    if has_part(headers) { Ok(()) } else { Err(Problem::MediaType { expected: PART }) }
}

fn malformed(name: &HeaderName, detail: &'static str) -> Problem {
    let known = ["Upload-Offset", "Upload-Length"].into_iter().find(|known| known.eq_ignore_ascii_case(name.as_str()));
    Problem::InvalidHeader { name: known.unwrap_or("Upload-Metadata"), detail }
}
