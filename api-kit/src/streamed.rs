//! Bodies that are bytes, read as they come.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_LENGTH;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::time::{Duration, timeout};

use crate::Problem;
use crate::idempotency::{Attempt, Came};

/// What is still read of a body that is refused, so that a client that writes on reads why.
const LINGER_BYTES: u64 = 32 * 1024 * 1024;

/// For how long.
const LINGER: Duration = Duration::from_secs(5);

/// A body of bytes, read as they come.
#[derive(Debug)]
pub struct Streamed {
    /// How many bytes there are to be, if the client says.
    pub length: Option<u64>,
    /// Their SHA-256, if the client says (`Content-Digest`, RFC 9530).
    pub sha256: Option<[u8; 32]>,
    parts: Parts,
    body: Body,
}

impl Streamed {
    /// The next bytes; none at the end. A client that goes away or falls silent is a problem.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            match self.body.frame().await {
                None => return Ok(None),
                Some(Ok(frame)) => {
                    // Trailers say nothing here.
                    if let Ok(bytes) = frame.into_data() {
                        return Ok(Some(bytes));
                    }
                }
                Some(Err(_)) => return Err(Problem::RequestTimeout),
            }
        }
    }

    /// Reads on for a while and forgets: the body is refused.
    pub async fn linger(mut self) {
        let read = async {
            let mut left = LINGER_BYTES;
            while let Ok(Some(bytes)) = self.next().await {
                let Some(less) = left.checked_sub(bytes.len() as u64) else { return };
                left = less;
            }
        };
        _ = timeout(LINGER, read).await;
    }

    /// What this request is recognised by, now that the digest of its body is known.
    pub fn attempt(&self, sha256: &[u8; 32]) -> Result<Attempt, Problem> {
        Attempt::of(&self.parts, Came::Bytes(Bytes::copy_from_slice(sha256)))
    }
}

impl<S: Send + Sync> FromRequest<S> for Streamed {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let length = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        let sha256 = digest(&parts)?;
        // A malformed key is refused before anything is read.
        Attempt::of(&parts, Came::Bytes(Bytes::new()))?;
        Ok(Self { length, sha256, parts, body })
    }
}

/// What `Content-Digest` says of SHA-256; other algorithms are left out, as RFC 9530 lets one.
fn digest(parts: &Parts) -> Result<Option<[u8; 32]>, Problem> {
    let malformed = || Problem::InvalidHeader { name: "Content-Digest", detail: "such as sha-256=:<base64>:" };
    let mut found = None;
    for value in parts.headers.get_all("content-digest") {
        for member in value.to_str().map_err(|_| malformed())?.split(',') {
            let (algorithm, rest) = member.trim().split_once('=').ok_or_else(malformed)?;
            if algorithm != "sha-256" {
                continue;
            }
            let text = rest.strip_prefix(':').and_then(|rest| rest.split(':').next()).ok_or_else(malformed)?;
            let bytes = STANDARD.decode(text).map_err(|_| malformed())?;
            found = Some(bytes.try_into().map_err(|_| malformed())?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn streamed(digest: &str) -> Result<Streamed, Problem> {
        let request = Request::post("/").header("content-digest", digest).header("content-length", "5");
        Streamed::from_request(request.body(Body::from("hello")).unwrap(), &()).await
    }

    #[tokio::test]
    async fn a_digest_is_read_and_others_are_left_out() {
        let hello = "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:";
        let expected = hex::decode("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824").unwrap();
        for header in [hello.to_owned(), format!("sha-512=:AA==:, {hello}")] {
            let mut streamed = streamed(&header).await.unwrap();
            assert_eq!(streamed.sha256.map(|digest| digest.to_vec()), Some(expected.clone()));
            assert_eq!((streamed.length, streamed.next().await.unwrap().unwrap().as_ref()), (Some(5), &b"hello"[..]));
            assert!(streamed.next().await.unwrap().is_none());
        }
        assert_eq!(streamed("md5=:AA==:").await.unwrap().sha256, None);
    }

    #[tokio::test]
    async fn a_digest_that_is_none_is_refused() {
        for header in ["sha-256", "sha-256=abc", "sha-256=:!:", "sha-256=:AA==:"] {
            assert_eq!(streamed(header).await.unwrap_err().slug(), "invalid-header", "{header}");
        }
    }
}
