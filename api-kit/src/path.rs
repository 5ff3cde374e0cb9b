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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{ask, empty, within_edge};
    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;

    async fn asked(path: &str) -> (u16, String) {
        let both = async |Path((id, name)): Path<(Uuid, String)>| format!("{id} {name}");
        let count = async |Path(count): Path<u32>| count.to_string();
        let router =
            within_edge(Router::new().route("/both/{id}/{name}", get(both)).route("/count/{count}", get(count)));
        let answered = ask(&router, empty(Request::get(path))).await;
        let text = if answered.status == 200 { answered.text } else { answered.problem().1 };
        (answered.status, text)
    }

    #[tokio::test]
    async fn what_parses_is_read() {
        let id = "0195501c-1e00-7000-8000-000000000001";
        assert_eq!(asked(&format!("/both/{id}/a%20b")).await, (200, format!("{id} a b")));
        assert_eq!(asked("/count/7").await, (200, "7".to_owned()));
    }

    #[tokio::test]
    async fn what_does_not_names_nothing() {
        for path in [
            "/count/-1",
            "/count/x",
            "/both/nonsense/a",
            "/both/0195501C-1E00-7000-8000-000000000001/a",
            "/both/0195501c1e0070008000000000000001/a",
            "/both/%7B0195501c-1e00-7000-8000-000000000001%7D/a",
            "/both/0195501c-1e00-7000-8000-000000000001/%00",
            "/both/0195501c-1e00-7000-8000-000000000001/%ff",
        ] {
            assert_eq!(asked(path).await, (404, "not-found".to_owned()), "{path}");
        }
    }
}
