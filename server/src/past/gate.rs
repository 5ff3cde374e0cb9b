//! Who looks at the past: auditors of today, each look on record first.

use std::sync::Arc;

use api_kit::{Problem, Token};
use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use query_api::audit::{self, Admitted};
use query_api::{Opening, Queries, Viewer};

use super::Keys;

/// Lets auditors in.
pub(crate) struct Gate {
    /// What tells today who is an auditor, and keeps the record.
    pub(crate) today: Queries,
    pub(crate) keys: Keys,
    pub(crate) as_of: i64,
}

/// The gate behind an auditor who was let in.
struct Behind {
    gate: Arc<Gate>,
    token: Token,
}

/// `router`, which shows the past, behind a gate.
pub(crate) fn guarded(router: Router, gate: Gate) -> Router {
    router.layer(from_fn_with_state(Arc::new(gate), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    match admits(gate, request).await {
        Ok(request) => next.run(request).await,
        Err(problem) => problem.into_response(),
    }
}

/// The request, with whom the auditor looks as.
async fn admits(gate: Arc<Gate>, request: Request) -> Result<Request, Problem> {
    let (mut parts, body) = request.into_parts();
    let Admitted { viewer, token } = audit::admit(&gate.today, &mut parts, gate.as_of).await?;
    gate.keys.hear().await?;
    parts.extensions.insert(Viewer::new(viewer, Arc::new(Behind { gate, token })));
    Ok(Request::from_parts(parts, body))
}

impl query_api::Gate for Behind {
    /// Whoever goes on looking is an auditor yet, and sees nothing that was destroyed meanwhile.
    fn is_open(&self) -> Opening<'_> {
        Box::pin(async {
            audit::still_audits(&self.gate.today, &self.token).await?;
            Ok(self.gate.keys.hear().await?)
        })
    }
}
