//! The contract as a document, and as a page.

use serde_json::Value;

use crate::harness::{Setup, TestApp};

pub(crate) const COMMITTED: &str = include_str!("../../../docs/openapi.json");

#[tokio::test]
async fn the_committed_document_is_the_one_that_is_printed_and_served() {
    let app = TestApp::without_nats().await;
    let printed = app.setup.command(["openapi"]).await;
    assert!(String::from_utf8(printed.stdout).unwrap() == COMMITTED, "docs/openapi.json is stale: ./dev openapi");
    let served = app.get("/openapi.json").await.expect(200);
    assert_eq!(served.body, serde_json::from_str::<Value>(COMMITTED).unwrap());
}

#[tokio::test]
async fn the_page_fetches_nothing_from_elsewhere() {
    let app = TestApp::without_nats().await;
    let page = app.get("/docs/").await.expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("http"), "{policy}");
    for file in page.text.split(['"', '\'']).filter(|text| text.starts_with("./")) {
        app.get(&format!("/docs/{}", &file[2..])).await.expect(200);
    }
    let started = app.get("/docs/swagger-initializer.js").await.expect(200);
    for text in [&page.text, &started.text] {
        assert!(!text.contains("https://") && !text.contains("http://"), "{text}");
    }
    assert!(started.text.contains(r#""validatorUrl": "none""#), "{}", started.text);
}

#[tokio::test]
async fn every_operation_is_named_answered_and_explained() {
    let document: Value = serde_json::from_str(COMMITTED).unwrap();
    let mut names = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_else(|| panic!("{method} {path} has no name"));
            assert!(operation["summary"].is_string(), "{name} is not explained");
            assert!(!operation["responses"].as_object().unwrap().is_empty(), "{name} has no answers");
            names.push(name.to_owned());
        }
    }
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count, "two operations of one name");
}

#[tokio::test]
async fn every_problem_has_its_page() {
    let app = Setup::without_nats().await.start().await;
    let missing = app.get("/v1/nothing").await.expect_problem(404, "not-found");
    let page = app.get(missing.body["type"].as_str().unwrap()).await.expect(200);
    assert!(page.text.contains("not-found"));
    app.get("/problems/never-heard-of").await.expect_problem(404, "not-found");
}
