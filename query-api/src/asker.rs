//! Who asks, and what the answer must have seen.

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

/// As whom somebody looks who was let in by other means than a session that the read models know: an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Viewer(pub(crate) UserId);

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self {
            token: Token::from_request_parts(parts, state).await?,
            viewer: parts.extensions.get().copied(),
            min_position: MinPosition::from_request_parts(parts, state).await?.0,
            request: RequestContext::from_request_parts(parts, state).await?,
        })
    }
}
