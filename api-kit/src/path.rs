//! What stands in a path.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::Problem;

/// Parameters of the path. What does not parse names nothing: 404. A UUID counts in its canonical form alone, so that
/// one thing has one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let raw = RawPathParams::from_request_parts(parts, state).await.map_err(|_| Problem::NotFound)?;
        if raw.iter().any(|(_, value)| value.contains('\0') || is_unusual_uuid(value)) {
            return Err(Problem::NotFound);
        }
        let path = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        path.map(|axum::extract::Path(value)| Self(value)).map_err(|_| Problem::NotFound)
    }
}

/// A UUID in capitals, braces, without hyphens or as a URN.
fn is_unusual_uuid(text: &str) -> bool {
    Uuid::try_parse(text).is_ok_and(|id| id.as_hyphenated().to_string() != text)
}
