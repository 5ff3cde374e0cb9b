//! Who asks, and what the answer must have seen.

use api_kit::{MinPosition, Problem, RequestContext, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;

/// Who asks, and what the answer must have seen.
#[derive(Clone, Debug)]
pub(crate) struct Asker {
    pub(crate) token: Token,
    pub(crate) min_position: i64,
    pub(crate) request: RequestContext,
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Ok(Self {
            token: Token::from_request_parts(parts, state).await?,
            min_position: MinPosition::from_request_parts(parts, state).await?.0,
            request: RequestContext::from_request_parts(parts, state).await?,
        })
    }
}
