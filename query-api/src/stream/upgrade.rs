//! The handshake of WebSocket.

use axum::extract::FromRequestParts;
use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::OnUpgrade;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// The subprotocol that is spoken.
const PROTOCOL: &str = "hansard.v1";

/// A client that asks for a WebSocket, in the right way.
pub(crate) struct Upgrade {
    key: HeaderValue,
    /// Whether it names subprotocols, of which ours is one.
    named: bool,
    pub(super) connection: OnUpgrade,
}

/// What the client asks for.
pub(crate) enum Wanted {
    WebSocket(Upgrade),
    /// A WebSocket, but not as the standard or the contract has it.
    Wrong(&'static str, &'static str),
    Events,
}

impl<S: Send + Sync> FromRequestParts<S> for Wanted {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::of(parts))
    }
}

impl Wanted {
    fn of(parts: &mut Parts) -> Self {
        let headers = &parts.headers;
        if !has(headers, &UPGRADE, "websocket") {
            return Self::Events;
        }
        if !has(headers, &CONNECTION, "upgrade") {
            return Self::Wrong("Connection", "must be Upgrade");
        }
        if headers.get(SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
            return Self::Wrong("Sec-WebSocket-Version", "must be 13");
        }
        let named = headers.contains_key(SEC_WEBSOCKET_PROTOCOL);
        if named && !has(headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL) {
            return Self::Wrong("Sec-WebSocket-Protocol", "must name hansard.v1");
        }
        let Some(key) = headers.get(SEC_WEBSOCKET_KEY).cloned() else {
            return Self::Wrong("Sec-WebSocket-Key", "must be there");
        };
        match parts.extensions.remove::<OnUpgrade>() {
            Some(connection) => Self::WebSocket(Upgrade { key, named, connection }),
            None => Self::Wrong("Upgrade", "needs a connection of HTTP/1.1"),
        }
    }
}

impl Upgrade {
    /// The answer that turns the connection into a WebSocket.
    pub(super) fn answer(&self) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        let accept = HeaderValue::try_from(derive_accept_key(self.key.as_bytes()));
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept.unwrap_or_else(|_| HeaderValue::from_static("")));
        if self.named {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
    }
}

/// Whether a list in a header has this word.
fn has(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
}
