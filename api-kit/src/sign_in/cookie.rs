//! The session cookie of browsers.

use axum::http::header::COOKIE;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Uri};

use super::{Token, origin};

/// The cookie wherever there is TLS. The prefix makes browsers insist on `Secure`, `Path=/` and no `Domain`.
const SECURE: &str = "__Host-session";

/// The cookie on a plain-HTTP loopback address, where browsers may refuse `Secure`.
const LOOPBACK: &str = "session";

/// The `Set-Cookie` that gives `token` to the browser that sent a request with these headers, for `seconds`.
pub fn session_cookie(token: &Token, seconds: i64, headers: &HeaderMap, uri: &Uri) -> HeaderValue {
    set(&token.text(), seconds, origin::is_plain_loopback(headers, uri))
}

/// The `Set-Cookie` that takes the token away again.
pub fn cleared_cookie(headers: &HeaderMap, uri: &Uri) -> HeaderValue {
    set("", 0, origin::is_plain_loopback(headers, uri))
}

fn set(value: &str, seconds: i64, plain: bool) -> HeaderValue {
    let (name, secure) = if plain { (LOOPBACK, "") } else { (SECURE, "; Secure") };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // Tokens and numbers are visible ASCII.
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

/// Whether a session's cookie came with a request, of whichever name.
pub(super) fn is_there(parts: &Parts) -> bool {
    [SECURE, LOOPBACK].iter().any(|name| named(parts, name).is_some())
}

/// The token in the cookie. The name without prefix counts on a plain-HTTP loopback address alone: elsewhere a
/// neighbouring site could have set it.
pub(super) fn token(parts: &Parts) -> Option<Token> {
    let name = if origin::is_plain_loopback(&parts.headers, &parts.uri) { LOOPBACK } else { SECURE };
    Token::parse(named(parts, SECURE).or_else(|| named(parts, name))?)
}

/// The value of a cookie.
fn named<'a>(parts: &'a Parts, wanted: &str) -> Option<&'a str> {
    let lines = parts.headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
}
