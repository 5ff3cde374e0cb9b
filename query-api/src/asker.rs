//! Who asks, and what the answer must have seen.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use api_kit::{MinPosition, Problem, RequestContext, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::UserId;

/// Who asks, and what the answer must have seen.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) token: Token,
    /// As whom an auditor looks, where what was is served.
    pub(crate) viewer: Option<Viewer>,
    pub(crate) min_position: i64,
    pub(crate) request: RequestContext,
}

/// What lets somebody look who has no session that the read models know, and may take that back while an answer goes on.
pub trait Gate: Send + Sync {
    /// Whether it would let them in now.
    fn is_open(&self) -> Opening<'_>;
}

/// A gate that is asked.
pub type Opening<'a> = Pin<Box<dyn Future<Output = Result<(), Problem>> + Send + 'a>>;

/// As whom somebody looks who was let in by a gate: an extension of the request.
#[derive(Clone)]
pub struct Viewer {
    pub(crate) user: UserId,
    pub(crate) gate: Arc<dyn Gate>,
}

impl Viewer {
    /// Whoever `gate` let in looks as `user`.
    pub fn new(user: UserId, gate: Arc<dyn Gate>) -> Self {
        Self { user, gate }
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Viewer").field(&self.user).finish()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self {
            token: Token::from_request_parts(parts, state).await?,
            viewer: parts.extensions.get().cloned(),
            min_position: MinPosition::from_request_parts(parts, state).await?.0,
            request: RequestContext::from_request_parts(parts, state).await?,
        })
    }
}
