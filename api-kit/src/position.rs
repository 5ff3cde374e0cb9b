//! Positions of the log in requests and answers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Problem, query};

/// The header with the place of a command's last event, or with what a query has seen.
pub const EVENT_POSITION: &str = "event-position";

/// The header with what a query must have seen; `min_position` in the query says the same.
pub const MIN_EVENT_POSITION: &str = "min-event-position";

/// What a query must have seen: the greater of `Min-Event-Position` and `?min_position=`; 0 without either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinPosition(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for MinPosition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let malformed = Problem::InvalidHeader { name: "Min-Event-Position", detail: "must be an integer from 0 on" };
        let header = match parts.headers.get(MIN_EVENT_POSITION) {
            Some(value) => value.to_str().ok().and_then(read).ok_or(malformed)?,
            None => 0,
        };
        let parameter = match query::parameter(parts, "min_position")? {
            Some(text) => read(&text)
                .ok_or_else(|| Problem::InvalidQuery("min_position: must be an integer from 0 on".to_owned()))?,
            None => 0,
        };
        Ok(Self(header.max(parameter)))
    }
}

/// Digits alone: `str::parse` takes a sign too.
fn read(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
