//! Positions of the log in requests and answers.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::{Problem, query};

/// The header with the place of a command's last event, or with what a query has seen.
pub const EVENT_POSITION: &str = "event-position";

/// The header with what a query must have seen; `min_position` in the query says the same.
pub const MIN_EVENT_POSITION: &str = "min-event-position";

/// What a query must have seen: the greatest of `Min-Event-Position`, each if there are several, and `?min_position=`; 0
/// without any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MinPosition(pub i64);

impl<S: Send + Sync> FromRequestParts<S> for MinPosition {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let malformed = Problem::InvalidHeader { name: "Min-Event-Position", detail: "must be an integer from 0 on" };
        let headers = parts.headers.get_all(MIN_EVENT_POSITION).iter().map(|value| value.to_str().ok().and_then(read));
        let header = headers.collect::<Option<Vec<_>>>().ok_or(malformed)?.into_iter().max().unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{ask, empty, within_edge};
    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;

    async fn min<'a>(headers: impl IntoIterator<Item = &'a str>, query: &str) -> String {
        let router =
            within_edge(Router::new().route("/", get(async |MinPosition(least): MinPosition| least.to_string())));
        let request = Request::get(format!("/?{query}"));
        let request = headers.into_iter().fold(request, |request, value| request.header(MIN_EVENT_POSITION, value));
        let answered = ask(&router, empty(request)).await;
        if answered.status == 200 { answered.text } else { answered.problem().1 }
    }

    #[tokio::test]
    async fn the_greater_of_header_and_parameter_counts() {
        assert_eq!(min(None, "").await, "0");
        assert_eq!(min(Some("7"), "").await, "7");
        assert_eq!(min(None, "min_position=9").await, "9");
        assert_eq!(min(Some("7"), "min_position=9").await, "9");
        assert_eq!(min(Some("11"), "min_position=9&x=y").await, "11");
        assert_eq!(min(["7", "11", "9"], "min_position=9").await, "11", "none of several is left out");
    }

    #[tokio::test]
    async fn anything_but_a_number_from_0_on_is_refused() {
        for bad in ["", "-1", "+1", "1.0", "x", "9223372036854775808"] {
            assert_eq!(min(Some(bad), "").await, "invalid-header", "{bad}");
            assert_eq!(min(["7", bad], "").await, "invalid-header", "{bad}");
            assert_eq!(min(None, &format!("min_position={}", bad.replace('+', "%2B"))).await, "invalid-query", "{bad}");
        }
        assert_eq!(min(None, "min_position=1&min_position=2").await, "invalid-query");
    }
}
