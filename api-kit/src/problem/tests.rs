use std::collections::BTreeSet;

use axum::Router;
use axum::http::Request;
use axum::response::IntoResponse;
use axum::routing::get;

use super::*;
use crate::harness::{ask, empty, within_edge};

/// The slugs in the code: second in each tuple of `Problem::facts`, which the compiler keeps complete.
fn slugs() -> BTreeSet<&'static str> {
    let arms: Vec<&str> = include_str!("../problem.rs").lines().filter(|line| line.contains("=> (S::")).collect();
    let slugs: BTreeSet<_> = arms.iter().map(|arm| arm.split('"').nth(1).unwrap()).collect();
    assert_eq!(slugs.len(), arms.len(), "two problems have the same slug");
    slugs
}

#[test]
fn the_manual_has_an_entry_for_every_problem_and_no_other() {
    let manual = include_str!("../../../docs/problems.md");
    let headings: BTreeSet<_> = manual.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(slugs(), headings);
    for slug in headings {
        assert!(manual::entry(slug).unwrap().len() > 20, "{slug}: say more");
    }
}

#[test]
fn the_manual_begins_each_entry_with_its_status() {
    for line in include_str!("../problem.rs").lines().filter(|line| line.contains("=> (S::")) {
        let slug = line.split('"').nth(1).unwrap();
        let stated = &manual::entry(slug).unwrap()[..3];
        let name = line.split("S::").nth(1).unwrap().split(',').next().unwrap();
        let reason = StatusCode::from_bytes(stated.as_bytes()).unwrap().canonical_reason().unwrap();
        assert_eq!(reason.to_uppercase().replace(' ', "_"), name, "{slug}");
    }
}

#[tokio::test]
async fn each_entry_is_a_page() {
    for slug in slugs() {
        let page = ask(&routes(), empty(Request::get(format!("/problems/{slug}")))).await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"), "{slug}");
        assert!(page.text.contains(&format!("<h1>{slug}</h1>\n<p>")), "{}", page.text);
    }
    let page = ask(&routes(), empty(Request::get("/problems/version-mismatch"))).await;
    assert!(page.text.contains("<code>If-Match</code>"), "{}", page.text);
    assert_eq!(ask(&routes(), empty(Request::get("/problems/nonsense"))).await.status, 404);
    assert_eq!(ask(&routes(), empty(Request::get("/problems/%ff"))).await.status, 404);
}

#[tokio::test]
async fn a_problem_is_a_document_with_the_requests_id() {
    let fields = || vec![FieldError { pointer: "/text".to_owned(), detail: "required".to_owned() }];
    let router = within_edge(Router::new().route("/", get(async move || Problem::Invalid(fields()))));
    let answered = ask(&router, empty(Request::get("/").header("x-request-id", "abc"))).await;
    assert_eq!(answered.problem(), (422, "invalid".to_owned()));
    insta::assert_snapshot!(answered.text, @r#"{"type":"/problems/invalid","title":"Invalid","status":422,"detail":"what was sent is well-formed but invalid","request_id":"abc","errors":[{"pointer":"/text","detail":"required"}]}"#);
}

#[tokio::test]
async fn a_source_is_never_shown() {
    for make in
        [|| Problem::internal("secret"), || Problem::unavailable("secret"), || Problem::OutOfSpace("secret".into())]
    {
        let router = within_edge(Router::new().route("/", get(async move || make())));
        let answered = ask(&router, empty(Request::get("/"))).await;
        assert!(answered.status >= 500 && !answered.text.contains("secret"), "{answered:?}");
    }
}

#[test]
fn who_is_to_wait_is_told_how_long() {
    let allowance = Allowance::new(5, 0, 12, 3);
    for problem in [
        Problem::RateLimited(allowance),
        Problem::ReadModelBehind,
        Problem::Busy,
        Problem::unavailable("gone"),
        Problem::Overloaded,
        Problem::OutOfSpace("full".into()),
    ] {
        let (status, wait) = (problem.status().as_u16(), problem.retry_after().unwrap().as_secs());
        let response = problem.into_response();
        assert!([429, 503, 507].contains(&status));
        assert_eq!(response.headers()["retry-after"], wait.to_string());
    }
    let waiting = include_str!("../problem.rs").lines().filter(|line| {
        ["TOO_MANY", "UNAVAILABLE", "INSUFFICIENT"]
            .iter()
            .any(|status| line.contains("=> (S::") && line.contains(status))
    });
    assert_eq!(waiting.count(), 6, "another problem has a status that needs Retry-After");
    assert_eq!(Problem::NotFound.retry_after(), None);
}

#[test]
fn who_is_not_signed_in_is_told_how() {
    assert_eq!(Problem::NotSignedIn.into_response().headers()["www-authenticate"], "Bearer");
}

#[test]
fn what_the_log_did_not_take_is_a_problem() {
    use event_store::{ExecuteError, ReceiptKind};
    let slug = |error: ExecuteError<Problem>| Problem::from(error).slug();
    assert_eq!(slug(ExecuteError::Refused(Problem::Archived)), "archived");
    assert_eq!(slug(ExecuteError::ReceiptReused(ReceiptKind::IdempotencyKey)), "idempotency-key-reused");
    assert_eq!(slug(ExecuteError::ReceiptReused(ReceiptKind::Id)), "id-taken");
    assert_eq!(slug(ExecuteError::StreamExists), "id-taken");
    assert_eq!(slug(ExecuteError::ClaimTaken("email")), "email-taken");
    assert_eq!(slug(ExecuteError::ClaimTaken("call")), "call-in-progress");
    assert_eq!(slug(ExecuteError::Busy), "busy");
    assert_eq!(slug(ExecuteError::Unavailable), "unavailable");
    assert_eq!(slug(ExecuteError::OutOfSpace), "out-of-space");
    assert_eq!(slug(ExecuteError::Bug("odd".into())), "internal");
}
