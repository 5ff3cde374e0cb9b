//! From the wire to parsed JSON, within bounds of size and time.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{MOST_BYTES, Parsed};
use crate::Problem;

/// How long a JSON body may take to arrive whole.
const ARRIVES_WITHIN: Duration = Duration::from_secs(20);

/// The body as JSON, and its bytes.
pub(super) async fn json(request: Request) -> Result<(Parts, Bytes, Parsed), Problem> {
    let (parts, body) = json_if_any(request).await?;
    match body {
        Some((bytes, parsed)) => Ok((parts, bytes, parsed)),
        None if typed(&parts) == Some(false) => Err(Problem::MediaType { expected: "application/json" }),
        None => Err(Problem::MalformedJson("there is no body".to_owned())),
    }
}

/// The body's bytes, and what they are as JSON; none if it is empty.
pub(super) async fn json_if_any(request: Request) -> Result<(Parts, Option<(Bytes, Parsed)>), Problem> {
    let (parts, body) = request.into_parts();
    let bytes = bytes(&parts, body).await?;
    // Some clients name a type for whatever they send, nothing included.
    if bytes.is_empty() {
        return Ok((parts, None));
    }
    if typed(&parts) != Some(true) {
        return Err(Problem::MediaType { expected: "application/json" });
    }
    let parsed = Parsed::new(&bytes)?;
    Ok((parts, Some((bytes, parsed))))
}

/// Whether the request says that its body is JSON; none if it says nothing of it.
pub(super) fn typed(parts: &Parts) -> Option<bool> {
    parts.headers.get(CONTENT_TYPE).map(|value| value.to_str().is_ok_and(is_json))
}

/// The body's bytes.
pub(super) async fn bytes(parts: &Parts, body: Body) -> Result<Bytes, Problem> {
    let announced = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MOST_BYTES) {
        return Err(Problem::TooLarge { limit: MOST_BYTES });
    }
    let arrived = tokio::time::timeout(ARRIVES_WITHIN, Limited::new(body, MOST_BYTES).collect());
    match arrived.await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge { limit: MOST_BYTES }),
        // The client went away, was silent for too long or broke the framing: whichever, the body is not there.
        Ok(Err(_)) | Err(_) => Err(Problem::RequestTimeout),
    }
}

/// Whether a media type is `application/json`, with no character set other than UTF-8.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(str::trim);
    parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, set)) if name.eq_ignore_ascii_case("charset") => {
                set.trim_matches('"').eq_ignore_ascii_case("utf-8")
            }
            Some(_) | None => true,
        })
}
