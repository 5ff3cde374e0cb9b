//! The end of a request: its headers, its problem's document, its log line and its measures.

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use metrics::{Label, histogram};
use tracing::{Span, debug, error, info_span, warn};

use crate::RequestContext;
use crate::problem::{Raised, render};
use crate::request::REQUEST_ID;

/// What was seen of a request before it was handled.
pub(super) struct Seen {
    pub(super) began: Instant,
    pub(super) method: &'static str,
    pub(super) route: Option<MatchedPath>,
    pub(super) operation: Arc<str>,
    pub(super) is_private: bool,
    pub(super) context: RequestContext,
}

impl Seen {
    /// The span of the request. Names of spans are fixed in the code; `otel.name` is what this one is called.
    pub(super) fn span(&self) -> Span {
        info_span!(
            "http",
            otel.name = &*self.operation,
            request.id = self.context.request_id,
            trace.id = self.context.trace.trace_id(),
            method = self.method,
            route = self.route(),
        )
    }

    fn route(&self) -> &str {
        self.route.as_ref().map_or("none", MatchedPath::as_str)
    }

    pub(super) fn finish(self, response: Response) -> Response {
        let response = self.name_request(self.tell_problem(response));
        let (status, took) = (response.status().as_u16(), self.began.elapsed());
        debug!(status, duration_ms = took.as_secs_f64() * 1000.0, "answered");
        let labels = [
            Label::from_static_parts("method", self.method),
            Label::new("route", self.route().to_owned()),
            Label::new("status", status.to_string()),
        ];
        histogram!("hansard_http_request_duration_seconds", labels.iter()).record(took.as_secs_f64());
        response
    }

    /// Writes the request's id into the problem's document, and its sources into the log.
    fn tell_problem(&self, mut response: Response) -> Response {
        let Some(Raised(problem)) = response.extensions_mut().remove::<Raised>() else { return response };
        if problem.status().is_server_error() {
            let cause = problem.source().map(chain);
            if problem.status() == StatusCode::INTERNAL_SERVER_ERROR {
                error!(problem = problem.slug(), cause, "a request met a bug");
            } else {
                warn!(problem = problem.slug(), cause, "a request could not be served");
            }
        }
        response.map(|_| Body::from(render(&problem, Some(&self.context.request_id))))
    }

    fn name_request(&self, mut response: Response) -> Response {
        let headers = response.headers_mut();
        if let Ok(id) = HeaderValue::try_from(&self.context.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if self.is_private {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        }
        if let Some(allowance) = self.context.allowance() {
            allowance.write(headers);
        }
        response
    }
}

/// An error and what caused it, in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

/// The method, of those that are known; whoever makes one up does not make a measure.
pub(super) fn method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "OTHER",
    }
}
