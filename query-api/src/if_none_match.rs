//! Single resources: their version as `ETag`, and `If-None-Match`.

use std::convert::Infallible;

use api_kit::{Answer, Marks};
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::header::IF_NONE_MATCH;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::asking::View;

/// The versions that the client has, as `If-None-Match` says; what is malformed matches nothing.
///
/// The version is that of the thing itself: what is counted around it (`my`, `member_count`, `last_message`,
/// `seen_count`) may move without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct IfNoneMatch(Vec<String>);

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let lines = parts.headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
        Ok(Self(lines.flat_map(|line| line.split(',')).map(|tag| tag.trim().to_owned()).collect()))
    }
}

impl IfNoneMatch {
    /// 200 with `body`, or 304 if the client has this version already.
    pub(crate) fn answer<T: Serialize>(&self, view: &View, version: i64, body: T) -> Response {
        let marks = Marks::at(view.position).version(version);
        if self.has(version) {
            return (StatusCode::NOT_MODIFIED, marks, ()).into_response();
        }
        Answer { body, marks }.into_response()
    }

    /// Compared weakly, as RFC 9110 says (13.1.2).
    fn has(&self, version: i64) -> bool {
        let present = format!("\"v{version}\"");
        self.0.iter().any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == present)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn given(value: &str) -> IfNoneMatch {
        let request = axum::http::Request::get("/").header(IF_NONE_MATCH, value).body(()).unwrap();
        let Ok(tags) = IfNoneMatch::from_request_parts(&mut request.into_parts().0, &()).await;
        tags
    }

    #[tokio::test]
    async fn tags_are_compared_weakly() {
        assert!(given("\"v1\", W/\"v2\"").await.has(2));
        assert!(given("*").await.has(7));
        assert!(!given("\"v12\", v2, \"2\"").await.has(2));
        assert!(!IfNoneMatch::default().has(1));
    }
}
