//! A request in the making.

use reqwest::Method;
use serde_json::Value;

use super::Answer;

/// A request in the making.
#[derive(Debug)]
pub(crate) struct Request(reqwest::RequestBuilder);

impl Request {
    pub(crate) fn new(http: &reqwest::Client, method: &str, url: &str) -> Self {
        Self(http.request(Method::from_bytes(method.as_bytes()).unwrap(), url))
    }

    pub(crate) fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        Self(self.0.header(name, value.as_ref()))
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// Sends it; fails where no answer comes at all.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("an answer comes")
    }

    /// Sends it to a server that may die over it.
    pub(crate) async fn try_send(self) -> reqwest::Result<Answer> {
        Answer::read(self.0.send().await?).await
    }
}
