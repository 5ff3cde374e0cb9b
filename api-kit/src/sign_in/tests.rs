use axum::Router;
use axum::body::Body;
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, Uri};
use axum::routing::any as taking;
use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::harness::{ask, empty, within_edge};

fn token() -> Token {
    let context = Context::fixed(datetime!(2025-03-01 12:00 UTC), 7);
    Token::new(context.new_id(), &context)
}

fn router() -> Router {
    within_edge(Router::new().route("/", taking(async |token: Token| token.session.to_string())))
}

/// Status that a request with these headers gets.
async fn status(method: Method, headers: &[(&str, &str)]) -> u16 {
    let request = headers
        .iter()
        .fold(Request::builder().method(method).uri("/"), |request, (name, value)| request.header(*name, *value));
    ask(&router(), empty(request)).await.status
}

fn with_cookie(method: &str) -> Builder {
    let cookie = format!("theme=dark; __Host-session={}", token().text());
    Request::builder().method(method).uri("/").header("host", "chat.example").header("cookie", cookie)
}

async fn answered(request: Builder) -> u16 {
    ask(&router(), request.body(Body::empty()).unwrap()).await.status
}

#[test]
fn a_token_reads_back() {
    let token = token();
    let text = token.text();
    assert_eq!(text.len(), 4 + 32 + 1 + 43);
    assert_eq!(Token::parse(&text), Some(token.clone()));
    assert!(token.matches(&token.secret_sha256()));
    assert!(!token.matches(&"0".repeat(64)) && !token.matches(""));
    assert!(!format!("{token:?}").contains(&text[37..]), "a secret is not shown");
}

proptest! {
    #[test]
    fn nothing_but_a_tokens_own_text_is_one(at in 0..80_usize, byte in any::<char>()) {
        let text = token().text();
        let mut other: Vec<char> = text.chars().collect();
        other[at] = byte;
        let other: String = other.into_iter().collect();
        prop_assert!(Token::parse(&other).is_none_or(|parsed| parsed.text() == other));
    }
}

#[tokio::test]
async fn a_bearer_token_signs_in() {
    let text = token().text();
    let bearer = format!("Bearer {text}");
    assert_eq!(status(Method::POST, &[("authorization", &bearer)]).await, 200);
    assert_eq!(status(Method::POST, &[("authorization", &format!("bearer {text}"))]).await, 200);
    for bad in [
        "Bearer",
        "Bearer x",
        "Bearer ",
        &format!("Basic {text}"),
        &text,
        &format!("{bearer}x"),
        &bearer.to_uppercase(),
    ] {
        assert_eq!(status(Method::GET, &[("authorization", bad)]).await, 401, "{bad}");
    }
    assert_eq!(status(Method::GET, &[("authorization", &bearer), ("authorization", &bearer)]).await, 401);
    assert_eq!(status(Method::GET, &[]).await, 401);
}

#[tokio::test]
async fn a_cookie_reads_from_anywhere_and_writes_from_its_own_origin() {
    assert_eq!(answered(with_cookie("GET")).await, 200);
    assert_eq!(answered(with_cookie("POST")).await, 403);
    assert_eq!(answered(with_cookie("GET").header("upgrade", "websocket")).await, 403);
    assert_eq!(
        answered(with_cookie("GET").header("upgrade", "websocket").header("origin", "https://chat.example")).await,
        200
    );
    for (header, value, expected) in [
        ("sec-fetch-site", "same-origin", 200),
        ("sec-fetch-site", "same-site", 403),
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "none", 403),
        ("origin", "https://chat.example", 200),
        ("origin", "https://CHAT.example:443", 200),
        ("origin", "https://chat.example:8443", 403),
        ("origin", "http://chat.example", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "https://chat.example.evil.example", 403),
        ("origin", "null", 403),
    ] {
        assert_eq!(answered(with_cookie("DELETE").header(header, value)).await, expected, "{header}: {value}");
    }
    let both = with_cookie("POST").header("sec-fetch-site", "cross-site").header("origin", "https://chat.example");
    assert_eq!(answered(both).await, 403, "the browser's own word counts");
}

#[tokio::test]
async fn the_bare_cookie_counts_on_plain_loopback_alone() {
    let cookie = format!("session={}", token().text());
    let get = |host: &str| Request::get("/").header("host", host).header("cookie", &cookie);
    for host in ["localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080"] {
        assert_eq!(answered(get(host)).await, 200, "{host}");
    }
    for host in ["chat.example", "localhost.evil.example", "127.evil.example"] {
        assert_eq!(answered(get(host)).await, 401, "{host}");
    }
    assert_eq!(answered(get("localhost").header("x-forwarded-for", "203.0.113.9")).await, 401);
    let post = |origin: &str| {
        Request::post("/").header("host", "localhost:8080").header("cookie", &cookie).header("origin", origin)
    };
    assert_eq!(answered(post("http://localhost:8080")).await, 200);
    for elsewhere in ["http://localhost:3000", "http://evil.example", "https://evil.example", "null", "nonsense"] {
        assert_eq!(answered(post(elsewhere)).await, 403, "{elsewhere}");
    }
}

#[test]
fn the_cookie_is_secure_but_on_plain_loopback() {
    let token = token();
    let set = |host: &'static str, seconds| {
        let headers = HeaderMap::from_iter([(axum::http::header::HOST, host.parse().unwrap())]);
        session_cookie(&token, seconds, &headers, &Uri::from_static("/"))
            .to_str()
            .unwrap()
            .replace(&token.text(), "TOKEN")
    };
    assert_eq!(set("chat.example", 60), "__Host-session=TOKEN; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure");
    assert_eq!(set("127.0.0.1:8080", 60), "session=TOKEN; Path=/; Max-Age=60; HttpOnly; SameSite=Lax");
    let cleared = cleared_cookie(&HeaderMap::new(), &Uri::from_static("/"));
    assert_eq!(cleared, "__Host-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
}
