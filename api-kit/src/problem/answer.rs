//! A problem as an RFC 9457 document.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Problem;

/// What is wrong with one field of a body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) of the field; empty for the whole body.
    #[schema(example = "/text")]
    pub pointer: String,
    /// What is wrong with it.
    #[schema(example = "at most 16384 characters")]
    pub detail: String,
}

/// An RFC 9457 problem document, `application/problem+json`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemDocument<'a> {
    /// `/problems/<slug>`: stable, and the address of its description.
    #[schema(example = "/problems/invalid")]
    r#type: String,
    /// What is the same in each occurrence.
    #[schema(example = "Invalid")]
    title: &'a str,
    /// The status it was answered with.
    #[schema(example = 422)]
    status: u16,
    /// What happened this time.
    detail: String,
    /// Finds the request in the server's log.
    request_id: Option<&'a str>,
    /// What is wrong with which field of the body.
    #[serde(skip_serializing_if = "<[FieldError]>::is_empty")]
    errors: &'a [FieldError],
}

/// The problem that a response stands for, left in its extensions for the edge, which knows the request's id.
#[derive(Clone)]
pub(crate) struct Raised(pub(crate) Arc<Problem>);

/// The document's bytes.
pub(crate) fn render(problem: &Problem, request_id: Option<&str>) -> Vec<u8> {
    let errors: &[FieldError] = if let Problem::Invalid(errors) = problem { errors } else { &[] };
    let document = ProblemDocument {
        r#type: format!("/problems/{}", problem.slug()),
        title: problem.title(),
        status: problem.status().as_u16(),
        detail: problem.to_string(),
        request_id,
        errors,
    };
    serde_json::to_vec(&document).unwrap_or_default()
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(render(&self, None)));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, wait.as_secs().into());
        }
        if let Self::NoSuchRange { size } = &self
            && let Ok(value) = HeaderValue::try_from(format!("bytes */{size}"))
        {
            headers.insert(header::CONTENT_RANGE, value);
        }
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Raised(Arc::new(self)));
        response
    }
}
