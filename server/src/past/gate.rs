//! Who looks at the past: auditors of today, each look on record first.

use std::sync::Arc;

use api_kit::Problem;
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use query_api::{Queries, audit};

use super::Keys;

/// Lets auditors in.
pub(crate) struct Gate {
    /// What tells today who is an auditor, and keeps the record.
    pub(crate) today: Queries,
    pub(crate) keys: Keys,
    pub(crate) as_of: i64,
}

/// `router`, which shows the past, behind a gate.
pub(crate) fn guarded(router: Router, gate: Gate) -> Router {
    router.layer(from_fn_with_state(Arc::new(gate), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    match gate.admits(request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

impl Gate {
    /// The request, with whom the auditor looks as.
    async fn admits(&self, request: Request) -> Result<Request, Problem> {
        let (mut parts, body) = request.into_parts();
        let viewer = audit::admit(&self.today, &mut parts, self.as_of).await?;
        parts.extensions.insert(viewer);
        self.keys.hear().await?;
        Ok(Request::from_parts(parts, body))
    }
}
