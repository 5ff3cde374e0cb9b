//! `/readyz` looks at where files' bytes are.

use futures::future::join_all;
use serde_json::{Value, json};
use time::Duration;

use crate::harness::{Setup, TestApp};

/// The status of an answer, and what it says of the storage.
async fn storage(app: &TestApp) -> (u16, Value) {
    let answer = app.get("/readyz").await;
    let checks = answer.body["checks"].as_array().unwrap();
    let storage = checks.iter().find(|check| check["name"] == "blobs").cloned();
    (answer.status, storage.unwrap_or_default())
}

fn is(status: &str, detail: &str) -> Value {
    json!({"name": "blobs", "status": status, "detail": detail})
}

#[tokio::test]
async fn a_folder_that_takes_no_bytes_or_is_not_there_is_down() {
    let app = Setup::without_nats().await.with_clock().start().await;
    // What it was like a second before is told no more.
    let later = async || {
        app.setup.context.advance(Duration::SECOND);
        storage(&app).await
    };
    assert_eq!(storage(&app).await, (200, json!({"name": "blobs", "status": "ready"})));
    let blobs = app.setup.folder.path().join("blobs");
    // Also for root, whom no permission keeps out.
    std::fs::rename(blobs.join("arriving"), blobs.join("away")).unwrap();
    assert_eq!(later().await, (503, is("down", "its folder cannot be written to")));
    std::fs::rename(blobs.join("away"), blobs.join("arriving")).unwrap();
    std::fs::rename(blobs.join("kept"), blobs.join("away")).unwrap();
    assert_eq!(later().await, (503, is("down", "what is kept cannot be reached")));
    std::fs::rename(blobs.join("away"), blobs.join("kept")).unwrap();
    assert_eq!(later().await.0, 200);
    assert_eq!(super::count(&app, "arriving"), 0, "what it was tried with is gone");
}

#[tokio::test]
async fn whoever_asks_within_a_second_costs_the_disk_nothing() {
    let app = Setup::without_nats().await.with_clock().start().await;
    assert_eq!(storage(&app).await.0, 200);
    let blobs = app.setup.folder.path().join("blobs");
    std::fs::rename(blobs.join("arriving"), blobs.join("away")).unwrap();
    let told = join_all((0..50).map(|_| storage(&app))).await;
    assert!(told.iter().all(|(status, _)| *status == 200), "nothing was written, which would have failed: {told:?}");
    app.setup.context.advance(Duration::SECOND);
    assert_eq!(storage(&app).await.0, 503);
}

#[tokio::test]
async fn a_disk_with_too_little_room_is_degraded() {
    let app = Setup::without_nats().await.flag("--blobs-keep-free=1000000GiB").start().await;
    let detail = "less of the disk is free than is to stay so: uploads are refused";
    assert_eq!(storage(&app).await, (200, is("degraded", detail)));
    // Where no bytes come in, none are in want of room.
    let app = Setup::without_nats().await.flag("--roles=query-api").flag("--blobs-keep-free=1000000GiB").start().await;
    assert_eq!(storage(&app).await, (200, json!({"name": "blobs", "status": "ready"})));
}

#[tokio::test]
async fn a_bucket_is_asked_whether_it_answers() {
    let app = Setup::without_nats().await.in_a_bucket().start().await;
    assert_eq!(storage(&app).await, (200, json!({"name": "blobs", "status": "ready"})));
    let app = Setup::without_nats().await.in_a_bucket_at("http://127.0.0.1:1").start().await;
    let (status, check) = storage(&app).await;
    assert_eq!((status, &check["status"]), (503, &json!("down")), "{check}");
}
