//! What tests ask a router with, and what they look at in its answers.

use std::io;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Request};
use serde_json::Value;
use time::macros::datetime;
use tower::ServiceExt;

use crate::{Context, Edge, Operations, TrustedProxies};

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// A header's text; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    /// Status and slug of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let kind = self.json()["type"].as_str().unwrap().to_owned();
        (self.status, kind.strip_prefix("/problems/").unwrap().to_owned())
    }

    /// Each pointer of a problem with its detail.
    pub(crate) fn errors(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| (text(&error["pointer"]), text(&error["detail"]))).collect()
    }
}

/// Asks `router` and reads the answer.
pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answered {
    let response = router.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Answered { status, headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
}

/// A request without a body.
pub(crate) fn empty(request: Builder) -> Request<Body> {
    request.body(Body::empty()).unwrap()
}

/// A POST to `/` with a JSON body.
pub(crate) fn post(body: impl Into<Body>) -> Request<Body> {
    Request::post("/").header("content-type", "application/json").body(body.into()).unwrap()
}

/// `router` within an edge whose clock stands still.
pub(crate) fn within_edge(router: Router) -> Router {
    let context = Context::fixed(datetime!(2025-03-01 12:00 UTC), 7);
    let trusted_proxies: TrustedProxies = "10.0.0.0/8".parse().unwrap();
    Edge { context, trusted_proxies, operations: Operations::default() }.around(router)
}

/// A log that is kept instead of printed.
#[derive(Clone, Default)]
pub(crate) struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    /// What makes the log's writers.
    pub(crate) fn writer(&self) -> impl Fn() -> Self + Send + Sync + 'static {
        let written = self.clone();
        move || written.clone()
    }

    /// All lines so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
