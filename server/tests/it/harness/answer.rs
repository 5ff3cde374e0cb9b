//! An answer, read whole.

use reqwest::header::HeaderMap;
use serde_json::Value;
use uuid::Uuid;

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
    pub(super) async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or_default();
        Ok(Self { status, headers, text, body })
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
        assert_eq!((self.status, self.problem()), (status, Some(slug)), "{}", self.text);
        self
    }

    /// Fails the test unless it says that this part of the body is invalid.
    #[track_caller]
    pub(crate) fn expect_invalid(self, pointer: &str) -> Self {
        let answer = self.expect_problem(422, "invalid");
        assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{}", answer.text);
        answer
    }

    /// The problem's stable name.
    pub(crate) fn problem(&self) -> Option<&str> {
        self.body["type"].as_str()?.strip_prefix("/problems/")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// `Event-Position`: of a command its last event's, of a query what it has seen.
    pub(crate) fn position(&self) -> Option<i64> {
        self.header("event-position").map(|position| position.parse().unwrap())
    }

    /// The id of what was made.
    #[track_caller]
    pub(crate) fn id(&self) -> Uuid {
        self.body["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_else(|| panic!("no id: {}", self.text))
    }

    /// What people said, of a page's items: without the notices between.
    #[track_caller]
    pub(crate) fn messages(&self) -> Vec<&Value> {
        self.items().iter().filter(|message| message["type"] == "message").collect()
    }

    /// A page's items.
    #[track_caller]
    pub(crate) fn items(&self) -> &[Value] {
        self.body["items"].as_array().unwrap_or_else(|| panic!("no page: {}", self.text))
    }
}
