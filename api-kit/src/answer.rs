//! Success: 201 with `Location`, 200 with a body, 202 and 204 without, each with where it stands in the log.

use std::convert::Infallible;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use serde::Serialize;

use crate::Etag;
use crate::idempotency::IDEMPOTENT_REPLAYED;
use crate::position::EVENT_POSITION;

/// What an answer's headers say of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `Event-Position`: the place of the command's last event, or what the query has seen.
    pub position: Option<i64>,
    /// `Idempotent-Replayed: true`: the command had taken effect before.
    pub replayed: bool,
    /// `ETag: "v<version>"` of the thing answered.
    pub version: Option<i64>,
}

impl Marks {
    /// Seen, or changed, up to `position`.
    pub fn at(position: i64) -> Self {
        Self { position: Some(position), ..Self::default() }
    }

    /// With the version of the thing answered.
    #[must_use]
    pub fn version(self, version: i64) -> Self {
        Self { version: Some(version), ..self }
    }

    /// Whether the command had taken effect before.
    #[must_use]
    pub fn replayed(self, replayed: bool) -> Self {
        Self { replayed, ..self }
    }
}

impl IntoResponseParts for Marks {
    type Error = Infallible;

    fn into_response_parts(self, mut response: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Some(position) = self.position {
            response.headers_mut().insert(EVENT_POSITION, position.into());
        }
        if self.replayed {
            response.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
        }
        match self.version {
            Some(version) => Etag(version).into_response_parts(response),
            None => Ok(response),
        }
    }
}

/// 201: something was created, and this is where.
#[derive(Clone, Debug)]
pub struct Created<T> {
    /// Its address, such as `/v1/rooms/{id}`.
    pub location: String,
    /// What is said of it.
    pub body: T,
    /// Where it stands in the log.
    pub marks: Marks,
}

/// 200 with a body.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// The body.
    pub body: T,
    /// Where it stands in the log.
    pub marks: Marks,
}

/// 202: taken on, and nothing to say yet.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accepted {
    /// Where it stands in the log.
    pub marks: Marks,
}

/// 204: done, and nothing to say.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoContent {
    /// Where it stands in the log.
    pub marks: Marks,
}

impl<T> Answer<T> {
    /// What a query that has seen `position` answers.
    pub fn seen(position: i64, body: T) -> Self {
        Self { body, marks: Marks::at(position) }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = [(header::LOCATION, self.location)];
        (StatusCode::CREATED, location, self.marks, Json(self.body)).into_response()
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        (StatusCode::OK, self.marks, Json(self.body)).into_response()
    }
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        (StatusCode::ACCEPTED, self.marks, ()).into_response()
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        (StatusCode::NO_CONTENT, self.marks, ()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::{ask, empty, within_edge};
    use axum::Router;
    use axum::http::Request;
    use axum::routing::get;

    #[tokio::test]
    async fn answers_say_where_they_stand() {
        let marks = Marks::at(9).version(3).replayed(true);
        let created = async move || Created { location: "/v1/rooms/1".to_owned(), body: 7, marks };
        let router = Router::new().route("/created", get(created)).route("/seen", get(async || Answer::seen(9, "x")));
        let router = router.route("/later", get(async || Accepted { marks: Marks::at(9) }));
        let router = within_edge(router.route("/none", get(async || NoContent::default())));

        let answered = ask(&router, empty(Request::get("/created"))).await;
        assert_eq!((answered.status, answered.text.as_str()), (201, "7"));
        let headers = ["location", "event-position", "etag", "idempotent-replayed"].map(|name| answered.header(name));
        assert_eq!(headers, ["/v1/rooms/1", "9", "\"v3\"", "true"]);

        let answered = ask(&router, empty(Request::get("/seen"))).await;
        assert_eq!((answered.status, answered.text.as_str(), answered.header("event-position")), (200, "\"x\"", "9"));
        let answered = ask(&router, empty(Request::get("/later"))).await;
        assert_eq!((answered.status, answered.text.as_str(), answered.header("event-position")), (202, "", "9"));
        let answered = ask(&router, empty(Request::get("/none"))).await;
        let headers =
            ["content-type", "event-position", "etag", "idempotent-replayed"].map(|name| answered.header(name));
        assert_eq!((answered.status, headers), (204, ["", "", "", ""]));
    }
}
