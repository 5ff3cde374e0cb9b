//! Bodies of commands: JSON that is small, shallow, free of U+0000, and holds nothing that is not asked for.

mod named;
mod parse;
mod read;
#[cfg(test)]
mod tests;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Problem;
use crate::idempotency::{Attempt, Came};

pub(crate) use parse::Parsed;

/// Most bytes of a JSON body: 128 KiB.
pub const MOST_BYTES: usize = 128 * 1024;

/// Most levels of objects and arrays in a JSON body.
pub const MOST_LEVELS: usize = 32;

/// A JSON body. Refuses what is too large (413), not JSON by its header (415) or by its bytes (400), and what is
/// nested too deep, has a U+0000, an unknown field or a value of the wrong type (422, with a pointer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

/// A JSON body as [`Json`], with what recognises the same request when it comes again.
#[derive(Clone, Debug)]
pub struct Submitted<T> {
    /// The body.
    pub body: T,
    /// What this request is recognised by.
    pub attempt: Attempt,
}

/// A JSON body as [`Submitted`], which may be left away.
#[derive(Clone, Debug)]
pub struct Optional<T> {
    /// The body.
    pub body: T,
    /// What this request is recognised by.
    pub attempt: Attempt,
}

/// The attempt of a command that has no body; `{}` is none. Anything else is refused, as nobody would heed it.
#[derive(Clone, Debug)]
pub struct Bodiless(pub Attempt);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read::json(request).await?.2.read().map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Submitted<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, bytes, parsed) = read::json(request).await?;
        let attempt = Attempt::of(&parts, Came::Json(bytes))?;
        Ok(Self { body: parsed.read()?, attempt })
    }
}

impl<T: Default + DeserializeOwned, S: Send + Sync> FromRequest<S> for Optional<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        match read::json_if_any(request).await? {
            (parts, Some((bytes, parsed))) => {
                let attempt = Attempt::of(&parts, Came::Json(bytes))?;
                Ok(Self { body: parsed.read()?, attempt })
            }
            (parts, None) => Ok(Self { body: T::default(), attempt: Attempt::of(&parts, Came::Bytes(Bytes::new()))? }),
        }
    }
}

impl<S: Send + Sync> FromRequest<S> for Bodiless {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = read::bytes(&parts, body).await?;
        if !bytes.is_empty() {
            if read::typed(&parts) == Some(false) {
                return Err(Problem::MediaType { expected: "application/json" });
            }
            Parsed::new(&bytes)?.read::<Nothing>()?;
        }
        Attempt::of(&parts, Came::Bytes(Bytes::new())).map(Self)
    }
}

/// A body without fields.
#[derive(Deserialize)]
struct Nothing {}
