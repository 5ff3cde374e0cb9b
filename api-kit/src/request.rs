//! What is known of a request besides what it asks for.

mod client;
mod reason;
mod trace;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::header::USER_AGENT;
use axum::http::request::Parts;
use uuid::Uuid;

use crate::limit::Allowance;
use crate::{Context, Problem};

pub use client::TrustedProxies;
pub use reason::audit_reason;
pub use trace::Trace;

/// The header with the request's id, in and out.
pub const REQUEST_ID: &str = "x-request-id";

/// Most bytes that are kept of a user agent.
const USER_AGENT_BYTES: usize = 512;

/// What is known of a request besides what it asks for.
#[derive(Clone, Debug)]
pub struct RequestContext {
    /// `X-Request-Id` if it is 1 to 128 visible ASCII characters, else made.
    pub request_id: String,
    /// The request id, if it is a UUID.
    pub correlation_id: Option<Uuid>,
    /// Its place in its trace.
    pub trace: Trace,
    /// Where the client is, as far as proxies can be believed. `0.0.0.0` without a connection.
    pub client_ip: IpAddr,
    /// What the client says it is; at most 512 bytes.
    pub user_agent: Option<String>,
    allowance: Arc<Mutex<Option<Allowance>>>,
}

impl RequestContext {
    /// What is known of `request`.
    pub(crate) fn of(request: &Request, context: &Context, proxies: &TrustedProxies) -> Self {
        let headers = request.headers();
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let request_id = named(text(REQUEST_ID), context);
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        Self {
            correlation_id: Uuid::try_parse(&request_id).ok(),
            request_id,
            trace: Trace::of(text("traceparent"), context),
            client_ip: peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| proxies.client(peer, headers)),
            user_agent: headers.get(USER_AGENT).map(|value| cut(&String::from_utf8_lossy(value.as_bytes()))),
            allowance: Arc::default(),
        }
    }

    /// W3C trace context, to hand on.
    pub fn traceparent(&self) -> String {
        self.trace.to_string()
    }

    /// Notes a rate limit that this request was counted against; the tightest shows in the answer's headers.
    pub(crate) fn note(&self, allowance: Allowance) {
        let mut noted = self.allowance.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = Some(noted.map_or(allowance, |noted| noted.tighter(allowance)));
    }

    /// The tightest rate limit that was noted.
    pub(crate) fn allowance(&self) -> Option<Allowance> {
        *self.allowance.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The id of a request: the one that it came with if it is 1 to 128 visible ASCII characters, else a new one.
pub(crate) fn named(given: Option<&str>, context: &Context) -> String {
    let sane = |id: &&str| (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    given.filter(sane).map_or_else(|| context.new_id().to_string(), str::to_owned)
}

/// At most [`USER_AGENT_BYTES`], whole characters, without controls.
fn cut(text: &str) -> String {
    let text = text.replace(char::is_control, " ");
    text[..text.floor_char_boundary(USER_AGENT_BYTES)].to_owned()
}

impl<S: Send + Sync> FromRequestParts<S> for RequestContext {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::internal("the router has no edge around it"))
    }
}
