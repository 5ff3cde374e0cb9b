//! Who calls, as the request says.

use std::sync::OnceLock;

use api_kit::limit::Allowance;
use api_kit::{Limits, Problem, RequestContext, Token};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::id::UserId;

/// Who calls, as the request says: a token that is not proven yet. [`crate::actor::Actor::prove`] does that, in the
/// unit of work that the command is decided in.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) token: Token,
    pub(crate) request: RequestContext,
    proven: OnceLock<Proven>,
}

#[derive(Clone, Copy)]
struct Proven {
    user: UserId,
    /// What is left of their limit, if this request exceeds it.
    exceeded: Option<Allowance>,
}

impl Caller {
    /// Who they turned out to be.
    pub(crate) fn user(&self) -> Result<UserId, Problem> {
        let unproven = || Problem::internal("a command was answered without its caller proven");
        self.proven.get().map(|proven| proven.user).ok_or_else(unproven)
    }

    /// Whether a refusal says that their session ended while they were at it: nothing more is read of them.
    pub(crate) fn is_cut_off_by(&self, refusal: &Problem) -> bool {
        self.proven.get().is_some() && matches!(refusal, Problem::NotSignedIn)
    }

    /// Refuses a request that exceeds its limit, once that is known: deciding again would find the same.
    pub(crate) fn may_go_on(&self) -> Result<(), Problem> {
        let exceeded = self.proven.get().and_then(|proven| proven.exceeded);
        exceeded.map_or(Ok(()), |allowance| Err(Problem::RateLimited(allowance)))
    }

    /// Notes who they turned out to be, and counts the request against their limit: once, however often it is decided.
    pub(crate) fn is(&self, user: UserId, limits: &Limits) -> Result<(), Problem> {
        self.proven.get_or_init(|| {
            let counted = limits.user(&self.request, user.0);
            let exceeded = if let Err(Problem::RateLimited(allowance)) = counted { Some(allowance) } else { None };
            Proven { user, exceeded }
        });
        self.may_go_on()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let request = RequestContext::from_request_parts(parts, state).await?;
        let token = Token::from_request_parts(parts, state).await?;
        Ok(Self { token, request, proven: OnceLock::new() })
    }
}
