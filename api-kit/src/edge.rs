//! What is around every route: the request's id and trace, the log line, the measures, the headers, and problems for
//! whatever went wrong.

mod finish;
mod operation;
#[cfg(test)]
mod tests;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use tracing::Instrument;

use crate::{Context, Problem, RequestContext, TrustedProxies};

pub use operation::Operations;

/// What is around every route of a process.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Makes request ids and traces.
    pub context: Context,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: TrustedProxies,
    /// Names of routes for spans and measures.
    pub operations: Operations,
}

impl Edge {
    /// `router` within this edge. To be called once, around all routes of a listener: another method on a path that
    /// only this router knows is answered 405.
    pub fn around(self, router: Router) -> Router {
        router
            .fallback(async || Problem::NotFound)
            .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
            .layer(from_fn_with_state(Arc::new(self), pass))
    }
}

/// `router` whose handlers have `limit` to answer; past it the client gets 503. Not for uploads.
pub fn within<S: Clone + Send + Sync + 'static>(router: Router<S>, limit: Duration) -> Router<S> {
    router.layer(from_fn_with_state(limit, async |State(limit): State<Duration>, request: Request, next: Next| {
        tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| Problem::Overloaded.into_response())
    }))
}

async fn pass(State(edge): State<Arc<Edge>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let context = RequestContext::of(&request, &edge.context, &edge.trusted_proxies);
    let route = request.extensions().get::<MatchedPath>().cloned();
    let seen = finish::Seen {
        began,
        method: finish::method(request.method()),
        operation: edge.operations.name(request.method(), route.as_ref().map_or("", MatchedPath::as_str)),
        is_private: request.uri().path().starts_with("/v1"),
        route,
        context: context.clone(),
    };
    let span = seen.span();
    request.extensions_mut().insert(context);
    async move {
        let answered = AssertUnwindSafe(next.run(request)).catch_unwind().await;
        seen.finish(answered.unwrap_or_else(|panic| Problem::internal(message(panic.as_ref())).into_response()))
    }
    .instrument(span)
    .await
}

/// What a handler said when it panicked.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("the handler panicked: {}", text.unwrap_or("without a word"))
}
