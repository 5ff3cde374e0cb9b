//! The token of a session: its text, its carriers, and what a cookie must prove besides.

mod cookie;
mod origin;
#[cfg(test)]
mod tests;

use std::fmt;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::{Context, Problem};

pub use cookie::{cleared_cookie, session_cookie};

/// What a client holds of a session: its id, and a secret of which the log has only the SHA-256.
///
/// Text: `hs1_<session id, 32 hex digits>_<secret, 43 characters of base64url>`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The session.
    pub session: Uuid,
    secret: [u8; 32],
}

impl Token {
    /// A new secret for `session`.
    pub fn new(session: Uuid, context: &Context) -> Self {
        Self { session, secret: context.random() }
    }

    /// Reads a token; takes nothing but the exact form.
    pub fn parse(text: &str) -> Option<Self> {
        let (session, secret) = text.strip_prefix("hs1_")?.split_once('_')?;
        let id = Uuid::try_parse(session).ok().filter(|id| id.as_simple().to_string() == session)?;
        let secret = URL_SAFE_NO_PAD.decode(secret).ok()?.try_into().ok()?;
        Some(Self { session: id, secret })
    }

    /// The text that the client is given, once.
    pub fn text(&self) -> String {
        format!("hs1_{}_{}", self.session.as_simple(), URL_SAFE_NO_PAD.encode(self.secret))
    }

    /// SHA-256 of the secret, in lower-case hex: what is stored of it.
    pub fn secret_sha256(&self) -> String {
        hex::encode(Sha256::digest(self.secret))
    }

    /// Whether `secret_sha256` was stored of this token. Takes as long whatever differs.
    pub fn matches(&self, secret_sha256: &str) -> bool {
        self.secret_sha256().as_bytes().ct_eq(secret_sha256.as_bytes()).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("session", &self.session).finish_non_exhaustive()
    }
}

/// From `Authorization: Bearer`, else from the session cookie, which an unsafe request or a WebSocket may only use from
/// a page of this origin (403 `csrf`). Without a well-formed token 401.
impl<S: Send + Sync> FromRequestParts<S> for Token {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut given = parts.headers.get_all(AUTHORIZATION).iter();
        if let Some(authorization) = given.next() {
            let text = authorization.to_str().ok().filter(|_| given.next().is_none());
            let (scheme, token) = text.and_then(|text| text.split_once(' ')).ok_or(Problem::NotSignedIn)?;
            let token = Self::parse(token.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"));
            return token.ok_or(Problem::NotSignedIn);
        }
        if cookie::is_there(parts) && origin::must_be_same(parts) && !origin::is_same(parts) {
            return Err(Problem::CrossSite);
        }
        cookie::token(parts).ok_or(Problem::NotSignedIn)
    }
}
