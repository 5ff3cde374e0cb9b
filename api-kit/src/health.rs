//! Whether the process lives (`/healthz`), and whether it can serve (`/readyz`).

mod looks;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use futures::future::BoxFuture;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Context;
use looks::Looks;

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
    /// How each thing is that the process knows of without asking.
    fn known(&self) -> Vec<Check>;

    /// How each thing is that must be asked. It may cost a disk a write, so callers within a second share what it says.
    fn check(&self) -> BoxFuture<'static, Vec<Check>>;
}

/// How the process is, and everything that it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Report {
    /// The worst of the checks.
    pub status: Health,
    /// Each thing.
    pub checks: Vec<Check>,
}

/// Serves `/healthz` and `/readyz`. Anyone may ask as often as they like: the first costs nothing, for the second it is
/// looked once a second at most, by `context`'s clock.
pub fn routes(readiness: Arc<dyn Readiness>, context: Context) -> Router {
    let looks = Arc::new(Looks::new(readiness, context));
    Router::new().route("/healthz", get(async || "ok\n")).route("/readyz", get(ready)).with_state(looks)
}

async fn ready(State(looks): State<Arc<Looks>>) -> Response {
    let checks = looks.checks().await;
    let status = checks.iter().map(|check| check.status).max().unwrap_or(Health::Ready);
    let report = Json(Report { status, checks });
    match status {
        Health::Ready | Health::Degraded => report.into_response(),
        Health::Down => (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "2")], report).into_response(),
    }
}

#[cfg(test)]
mod tests;
