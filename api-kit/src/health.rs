//! Whether the process lives (`/healthz`), and whether it can serve (`/readyz`).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

/// How long all checks together may take; what takes longer is down.
const WITHIN: Duration = Duration::from_secs(2);

/// How well something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// As it should be.
    Ready,
    /// Away, but commands and queries go on.
    Degraded,
    /// Away, and nothing goes on without it.
    Down,
}

/// One thing that this process depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Check {
    /// What it is, such as `postgres`.
    pub name: &'static str,
    /// How it is.
    pub status: Health,
    /// What is wrong with it, where more than that it is away is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<&'static str>,
}

impl Check {
    /// How something is, and nothing more.
    pub fn of(name: &'static str, status: Health) -> Self {
        Self { name, status, detail: None }
    }
}

/// Looks at what a process depends on.
pub trait Readiness: Send + Sync + 'static {
    /// How each thing is, now.
    fn check(&self) -> BoxFuture<'_, Vec<Check>>;
}

/// How the process is, and everything that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// The worst of the checks.
    pub status: Health,
    /// Each thing.
    pub checks: Vec<Check>,
}

/// Serves `/healthz` and `/readyz`.
pub fn routes(readiness: Arc<dyn Readiness>) -> Router {
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(readiness)
}

async fn ready(State(readiness): State<Arc<dyn Readiness>>) -> Response {
    let late = vec![Check::of("checks", Health::Down)];
    let checks = tokio::time::timeout(WITHIN, readiness.check()).await.unwrap_or(late);
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Health::Ready);
    let report = Json(Report { status, checks });
    match status {
        Health::Ready | Health::Degraded => report.into_response(),
        Health::Down => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], report).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::{Body, to_bytes};
    use axum::extract::Request;
    use tower::ServiceExt;

    struct Fixed(Vec<(&'static str, Health)>);

    impl Readiness for Fixed {
        fn check(&self) -> BoxFuture<'_, Vec<Check>> {
            Box::pin(async { self.0.iter().map(|(name, status)| Check::of(name, *status)).collect() })
        }
    }

    struct Stuck;

    impl Readiness for Stuck {
        fn check(&self) -> BoxFuture<'_, Vec<Check>> {
            Box::pin(std::future::pending())
        }
    }

    async fn readyz(readiness: impl Readiness) -> (u16, String) {
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let response = routes(Arc::new(readiness)).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        (status, String::from_utf8(to_bytes(response.into_body(), 4096).await.unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_worst_check_is_the_status() {
        use Health::{Degraded, Down, Ready};
        let (status, body) = readyz(Fixed(vec![("postgres", Ready), ("nats", Degraded)])).await;
        assert_eq!(status, 200);
        insta::assert_snapshot!(body, @r#"{"status":"degraded","checks":[{"name":"postgres","status":"ready"},{"name":"nats","status":"degraded"}]}"#);
        assert_eq!(readyz(Fixed(vec![("postgres", Down), ("nats", Degraded)])).await.0, 503);
        assert_eq!(readyz(Fixed(vec![])).await.0, 200);
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_down() {
        assert_eq!(readyz(Stuck).await.0, 503);
    }
}
