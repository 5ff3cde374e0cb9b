use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request};
use axum::routing::{get, post};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem};
use utoipa::openapi::{OpenApiBuilder, PathsBuilder};

use super::*;
use crate::harness::{Written, ask, empty, within_edge};
use crate::telemetry::{self, LogFormat};

async fn show(context: RequestContext) -> String {
    let RequestContext { request_id, correlation_id, client_ip, user_agent, .. } = &context;
    format!("{request_id} {correlation_id:?} {client_ip} {user_agent:?} {}", context.traceparent())
}

fn router() -> Router {
    let limited = async |context: RequestContext| context.note(crate::limit::Allowance::new(10, 4, 36, 6));
    let routes = Router::new()
        .route("/v1/show", get(show))
        .route("/v1/limited", get(limited))
        .route("/v1/panics", post(async || -> String { panic!("no secret of the {}", "code") }));
    within_edge(
        routes.merge(within(
            Router::new().route("/v1/slow", get(std::future::pending::<String>)),
            Duration::from_millis(20),
        )),
    )
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_echoed() {
    let id = "0195501c-1e00-7000-8000-000000000001";
    let answered = ask(&router(), empty(Request::get("/v1/show").header("x-request-id", id))).await;
    assert_eq!(answered.header("x-request-id"), id);
    assert!(answered.text.starts_with(&format!("{id} Some({id}) ")), "{}", answered.text);
    let answered = ask(&router(), empty(Request::get("/v1/show").header("x-request-id", "deploy-7"))).await;
    assert!(answered.text.starts_with("deploy-7 None "), "{}", answered.text);
}

#[tokio::test]
async fn any_other_request_id_is_made() {
    for bad in ["", "with space", "\u{e9}", &"x".repeat(129)] {
        let answered = ask(&router(), empty(Request::get("/v1/show").header("x-request-id", bad))).await;
        let id: uuid::Uuid = answered.header("x-request-id").parse().unwrap();
        assert!(answered.text.starts_with(&format!("{id} Some({id}) ")), "{}", answered.text);
    }
}

#[tokio::test]
async fn the_trace_goes_on() {
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let answered = ask(&router(), empty(Request::get("/v1/show").header("traceparent", parent))).await;
    assert!(answered.text.contains(" 00-0af7651916cd43dd8448eb211c80319c-") && !answered.text.contains("b7ad6b"));
}

#[tokio::test]
async fn the_client_is_seen_through_trusted_proxies() {
    let mut request = empty(
        Request::get("/v1/show").header("x-forwarded-for", "203.0.113.9").header("user-agent", "x\u{e9}".repeat(400)),
    );
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 4711))));
    let answered = ask(&router(), request).await;
    assert!(answered.text.contains(" 203.0.113.9 "), "{}", answered.text);
    let agent = answered.text.split('"').nth(1).unwrap();
    assert!(agent.len() <= 512 && agent.len() > 500);
}

#[tokio::test]
async fn every_answer_has_the_headers() {
    for path in ["/v1/show", "/v1/panics", "/v1/nowhere"] {
        let answered = ask(&router(), empty(Request::get(path))).await;
        assert_eq!(answered.header("cache-control"), "private, no-store");
        assert_eq!(answered.header("x-content-type-options"), "nosniff");
        assert_ne!(answered.header("x-request-id"), "");
    }
    let answered = ask(&router(), empty(Request::get("/elsewhere"))).await;
    assert_eq!((answered.header("cache-control"), answered.header("x-content-type-options")), ("", "nosniff"));
}

#[tokio::test]
async fn limited_answers_say_what_is_left() {
    let answered = ask(&router(), empty(Request::get("/v1/limited"))).await;
    let header = |name| answered.header(name).to_owned();
    assert_eq!(
        [header("ratelimit-limit"), header("ratelimit-remaining"), header("ratelimit-reset")],
        ["10", "4", "36"]
    );
}

#[tokio::test]
async fn what_no_route_takes_is_a_problem() {
    let answered = ask(&router(), empty(Request::get("/v1/nowhere").header("x-request-id", "abc"))).await;
    assert_eq!(answered.problem(), (404, "not-found".to_owned()));
    assert_eq!(answered.json()["request_id"], "abc");
    let answered = ask(&router(), empty(Request::delete("/v1/show"))).await;
    assert_eq!(answered.problem(), (405, "method-not-allowed".to_owned()));
    assert_eq!(answered.header("allow"), "GET,HEAD");
}

#[tokio::test]
async fn a_panic_is_a_bug_that_is_not_shown() {
    let answered = ask(&router(), empty(Request::post("/v1/panics"))).await;
    assert_eq!(answered.problem(), (500, "internal".to_owned()));
    assert!(!answered.text.contains("secret"));
}

#[tokio::test]
async fn a_handler_that_takes_too_long_is_given_up() {
    assert_eq!(ask(&router(), empty(Request::get("/v1/slow"))).await.problem(), (503, "overloaded".to_owned()));
}

#[tokio::test]
async fn a_source_is_logged_once_with_its_request_and_nothing_private() {
    let written = Written::default();
    let lines = telemetry::lines(LogFormat::Json, "debug".parse().unwrap(), written.writer());
    let _log = tracing::subscriber::set_default(lines);
    let fails = async || Problem::unavailable(std::io::Error::other("connection refused"));
    let router = within_edge(Router::new().route("/v1/things/{id}", post(fails)));
    let request = Request::post("/v1/things/7?q=private").header("authorization", "Bearer private");
    let request =
        request.header("x-request-id", "abc").header("user-agent", "private").body(Body::from("private")).unwrap();
    ask(&router, request).await;
    let text = written.text();
    assert_eq!(text.matches("connection refused").count(), 1, "{text}");
    assert!(!text.contains("private"), "{text}");
    for line in text.lines() {
        assert!(line.contains("\"request.id\":\"abc\"") && line.contains("\"route\":\"/v1/things/{id}\""), "{line}");
    }
    assert!(text.contains("\"status\":503") && text.contains("duration_ms"), "{text}");
}

#[test]
fn operations_name_routes() {
    let named = |name: &str| OperationBuilder::new().operation_id(Some(name)).build();
    let mut item = PathItem::new(HttpMethod::Post, named("SendMessage"));
    item.get = Some(named("ListMessages"));
    let paths = PathsBuilder::new().path("/v1/rooms/{room}/messages", item).build();
    let operations = Operations::of(&OpenApiBuilder::new().paths(paths).build());
    let name = |method| operations.name(&method, "/v1/rooms/{room}/messages");
    assert_eq!(
        [name(Method::POST), name(Method::HEAD), name(Method::PUT)],
        ["http.send_message", "http.list_messages", "http.unnamed"].map(Arc::from)
    );
}
