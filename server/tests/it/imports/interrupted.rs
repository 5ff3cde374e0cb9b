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

/// What happened to what: the events without their places in the order of everything, which is another in each run.
async fn facts(log: &PgPool) -> Vec<(String, String, i64, String)> {
    let facts = "select aggregate_type, aggregate_id, sequence, event_type from log.events order by 1, 2, 3";
    sqlx::query_as(facts).fetch_all(log).await.unwrap()
}

/// Killed, begun again and done, and done once more.
async fn goes_on(source: &[&str]) {
    let app = TestApp::without_nats().await;
    killed(&app, source).await;
    let told = import(&app, source).await;
    assert!(told.contains("added ") && !told.contains("known before 0"), "{told}");
    assert_eq!(messages(&app.pool).await, MESSAGES, "all, and each once");
    let whole = TestApp::without_nats().await;
    import(&whole, source).await;
    assert!(facts(&app.pool).await == facts(&whole.pool).await, "it ends as one that was not killed");
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

#[tokio::test]
async fn a_mattermost_import_that_was_interrupted_goes_on_and_adds_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let channels = ["c1", "c2"];
    let channel = |name: &str| json!({"type": "channel", "channel": {"team": "t", "name": name, "type": "O"}});
    let user = |name: &str, roles: &str| {
        let of = channels.map(|name| json!({"name": name, "roles": roles}));
        let teams = json!([{"name": "t", "channels": of}]);
        json!({"type": "user", "user": {"username": name, "email": format!("{name}@example.org"), "teams": teams}})
    };
    let post = |number: i64| {
        let (channel, at) = (if number % 2 == 0 { "c1" } else { "c2" }, 1_700_000_000_000 + number * 1000);
        // Of some there is more to tell than that they were said.
        let reaction = json!({"user": "bob", "create_at": at + 1, "emoji_name": "+1"});
        let reactions = if number % 5 == 0 { vec![reaction] } else { vec![] };
        json!({"type": "post", "post": {
            "team": "t", "channel": channel, "user": "ann", "message": format!("line {number}"), "create_at": at,
            "is_pinned": number % 100 == 0, "reactions": reactions,
        }})
    };
    let beginnings = [
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}),
        channel("c1"),
        channel("c2"),
        user("ann", "channel_user channel_admin"),
        user("bob", "channel_user channel_admin"),
    ];
    let lines = beginnings.into_iter().chain((0..MESSAGES).map(post)).map(|line| format!("{line}\n"));
    std::fs::write(&path, lines.collect::<Vec<_>>().concat()).unwrap();
    goes_on(&["mattermost", path.to_str().unwrap()]).await;
}
