//! An answer, read whole.

use axum::body::to_bytes;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::Value;

/// Longest body that a test reads.
const LONGEST: usize = 16 * 1024 * 1024;

/// An answer, read whole.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// As sent.
    pub(crate) text: String,
    /// As JSON; null if it is none.
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(to_bytes(body, LONGEST).await.unwrap().to_vec()).unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self { status: parts.status.as_u16(), headers: parts.headers, text, body }
    }

    /// Fails the test unless it has this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }

    /// Fails the test unless it is this problem.
    #[track_caller]
    pub(crate) fn expect_problem(self, status: u16, slug: &str) -> Self {
        assert_eq!((self.status, self.body["type"].as_str()), (status, Some(&*format!("/problems/{slug}"))));
        self
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What it has seen.
    #[track_caller]
    pub(crate) fn position(&self) -> i64 {
        self.header("event-position").unwrap().parse().unwrap()
    }

    /// A page's items.
    #[track_caller]
    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no page: {}", self.text))
    }

    /// One field of each item.
    #[track_caller]
    pub(crate) fn each(&self, pointer: &str) -> Vec<Value> {
        self.items().iter().map(|item| item.pointer(pointer).cloned().unwrap_or_default()).collect()
    }

    /// The body without what differs from request to request.
    pub(crate) fn without_request_id(&self) -> Value {
        let mut body = self.body.clone();
        body.as_object_mut().unwrap().remove("request_id");
        body
    }
}
