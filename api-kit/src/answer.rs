//! Success: 201 with `Location`, 200 with a body, 204 without, each with where it stands in the log.

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

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        (StatusCode::NO_CONTENT, self.marks, ()).into_response()
    }
}
