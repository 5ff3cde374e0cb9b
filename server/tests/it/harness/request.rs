//! A request in the making.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::Answer;

/// How long it may take until the read models are not behind any more.
const CATCHES_UP_WITHIN: Duration = Duration::from_secs(20);

/// A client that lets connections go before the server does, which would happen just as one is used again.
pub(crate) fn client() -> Client {
    // Whoever was first in this process has chosen it.
    _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().pool_idle_timeout(Duration::from_secs(5)).build().expect("a client")
}

/// A request in the making.
#[derive(Debug)]
pub(crate) struct Request(reqwest::RequestBuilder);

impl Request {
    pub(crate) fn new(http: &Client, method: &str, url: &str) -> Self {
        Self(http.request(Method::from_bytes(method.as_bytes()).unwrap(), url))
    }

    pub(crate) fn header(self, name: &str, value: impl AsRef<str>) -> Self {
        Self(self.0.header(name, value.as_ref()))
    }

    /// With a JSON body.
    pub(crate) fn json(self, body: &Value) -> Self {
        Self(self.0.json(body))
    }

    /// With a body of whatever bytes, of no type unless a header says it.
    pub(crate) fn bytes(self, bytes: impl Into<reqwest::Body>) -> Self {
        Self(self.0.body(bytes))
    }

    /// The request as it is, to read its answer as it comes.
    pub(crate) fn raw(self) -> reqwest::RequestBuilder {
        self.0
    }

    /// Sends it; fails where no answer comes at all.
    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.expect("an answer comes")
    }

    /// Sends it as clients do that keep to the contract: told that the read models are behind, it comes again when it was
    /// told to.
    pub(crate) async fn patiently(self) -> Answer {
        let deadline = Instant::now() + CATCHES_UP_WITHIN;
        loop {
            let answer = Self(self.0.try_clone().expect("its body is no stream")).send().await;
            if answer.problem() != Some("read-model-behind") || Instant::now() >= deadline {
                return answer;
            }
            let wait =
                answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("when to come again");
            // Polls when the answer said so.
            sleep(Duration::from_secs(wait)).await;
        }
    }

    /// Sends it to a server that may die over it.
    pub(crate) async fn try_send(self) -> reqwest::Result<Answer> {
        Answer::read(self.0.send().await?).await
    }
}
