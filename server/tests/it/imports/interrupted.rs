//! An import that is killed in the middle, and begun again.

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::PgPool;
use tokio::time::sleep;

use super::import;
use crate::harness::TestApp;

/// Messages of an export: many appends' worth.
const MESSAGES: i64 = 4000;

/// Kills an import once it has told of some messages, and while the next append is on its way: it may still come about.
async fn killed(app: &TestApp, source: &[&str]) {
    let mut importing = app.setup.process(["import"].iter().chain(source).copied()).spawn().unwrap();
    while messages(&app.pool).await == 0 {
        assert!(importing.try_wait().unwrap().is_none(), "it tells of something");
        // Polls until it has begun.
        sleep(Duration::from_millis(2)).await;
    }
    let holding = event_store::begin(&app.pool, "begin; lock table log.head").await.unwrap();
    let told = messages(&app.pool).await;
    assert!((1..MESSAGES).contains(&told), "in the middle: {told}");
    importing.kill().await.unwrap();
    holding.rollback().await.unwrap();
}

async fn messages(log: &PgPool) -> i64 {
    let told = sqlx::query_scalar("select count(*) from log.events where event_type = 'message_sent'");
    told.fetch_one(log).await.unwrap()
}

/// Killed, begun again and done, and done once more.
async fn goes_on(source: &[&str]) {
    let app = TestApp::without_nats().await;
    killed(&app, source).await;
    let told = import(&app, source).await;
    assert!(told.contains("added ") && !told.contains("known before 0"), "{told}");
    assert_eq!(messages(&app.pool).await, MESSAGES, "all, and each once");
    let head = app.head().await;
    assert!(import(&app, source).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    app.settled().await;
    let shown = sqlx::query_scalar::<_, i64>("select count(distinct text) from read.message where type = 'message'");
    assert_eq!(shown.fetch_one(&app.pool).await.unwrap(), MESSAGES);
}

fn write(folder: &Path, name: &str, value: &Value) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, value.to_string()).unwrap();
}

#[tokio::test]
async fn a_slack_import_that_was_interrupted_goes_on_and_adds_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "users.json", &json!([{"id": "U1", "name": "ann", "profile": {"email": "ann@example.org"}}]));
    let channels = ["C1", "C2"];
    let described =
        |id: &&str| json!({"id": id, "name": id, "created": "1400000000", "creator": "U1", "members": ["U1"]});
    write(folder.path(), "channels.json", &channels.iter().map(described).collect());
    for channel in channels {
        let said = |number| json!({"user": "U1", "text": format!("{channel} {number}"), "ts": format!("{}.0", 1_400_055_555 + number)});
        write(folder.path(), &format!("{channel}/2014-05-14.json"), &(0..MESSAGES / 2).map(said).collect());
    }
    goes_on(&["slack", folder.path().to_str().unwrap()]).await;
}

#[tokio::test]
async fn an_irc_import_that_was_interrupted_goes_on_and_adds_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut day = String::new();
    for number in 0..MESSAGES {
        writeln!(day, "[{:02}:{:02}] <nick{}> line {number}", number / 200, number % 60, number % 7).unwrap();
    }
    std::fs::write(folder.path().join("2014-05-14.txt"), day).unwrap();
    goes_on(&["irc", folder.path().to_str().unwrap()]).await;
}
