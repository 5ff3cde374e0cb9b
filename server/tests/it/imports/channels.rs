//! What became of a channel of Slack's itself: what it was called, and when it was archived.

use serde_json::{Value, json};
use sqlx::PgPool;

use super::fixture::write;
use super::{import, rooms, signs_in, told_of};
use crate::erasures::{erases, finished};
use crate::harness::TestApp;

/// What the log tells of rooms: its type, when in seconds since 1970, by whom, and what the source calls it.
async fn told(log: &PgPool) -> Vec<(String, i64, Option<String>, String)> {
    let told = "select event_type, extract(epoch from (metadata->>'occurred_at')::timestamptz)::bigint, payload->>'by', \
                payload #>> '{imported,source_id}' from log.events where aggregate_type = 'room' order by position";
    sqlx::query_as(told).fetch_all(log).await.unwrap()
}

fn event(subtype: &str, second: u32, more: Value) -> Value {
    let mut event = json!({"subtype": subtype, "user": "U1", "text": "", "ts": format!("14000555{second:02}.000001")});
    let Value::Object(more) = more else { panic!("fields: {more}") };
    event.as_object_mut().unwrap().extend(more);
    event
}

#[tokio::test]
async fn a_channel_is_renamed_and_archived_when_it_was_by_who_did_and_taken_out_when_it_is_told() {
    let app = TestApp::without_nats().await;
    let export = tempfile::tempdir().unwrap();
    let plans = json!({"id": "C1", "name": "plans", "created": "1400055500", "members": ["U1"]});
    let channels = |is_archived: bool| {
        let mut channel = plans.clone();
        channel["is_archived"] = json!(is_archived);
        json!([channel])
    };
    let ann = json!({"id": "U1", "name": "ann", "profile": {"email": "ann@example.org"}});
    write(export.path(), "users.json", &json!([ann]));
    write(export.path(), "channels.json", &channels(true));
    let day = json!([
        event("channel_name", 10, json!({"old_name": "ideas", "name": "plans"})),
        event("channel_archive", 11, json!({})),
        event("channel_leave", 20, json!({})),
        event("channel_join", 21, json!({})),
    ]);
    write(export.path(), "plans/2014-05-14.json", &day);
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    let ann = signs_in(&app, "ann@example.org").await;
    let fact = |kind: &str, second: i64, by: bool, name: &str| {
        (kind.to_owned(), 1_400_055_500 + second, by.then(|| ann.id.to_string()), format!("C1/{name}"))
    };
    let mut expected = vec![
        fact("room_created", 0, false, "created"),
        fact("room_renamed", 10, true, "1400055510.000001/name"),
        fact("room_archived", 11, true, "1400055511.000001/archive"),
    ];
    assert_eq!(told(&app.pool).await, expected);
    app.settled().await;
    let shown = rooms(&ann).await;
    assert_eq!((&shown[0]["name"], &shown[0]["archived"]), (&json!("plans"), &json!(true)));

    let head = app.head().await;
    assert!(import(&app, &["slack", path]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    write(export.path(), "channels.json", &channels(false));
    write(export.path(), "plans/2014-05-15.json", &json!([event("channel_unarchive", 30, json!({}))]));
    assert!(import(&app, &["slack", path]).await.contains("added 1, "));
    expected.push(fact("room_unarchived", 30, true, "1400055530.000001/unarchive"));
    assert_eq!(told(&app.pool).await, expected);
    app.settled().await;
    assert_eq!(rooms(&ann).await[0]["archived"], false);
}

#[tokio::test]
async fn a_channel_that_was_archived_is_as_it_is_today_though_days_are_lacking() {
    let app = TestApp::without_nats().await;
    let export = tempfile::tempdir().unwrap();
    let ann = json!({"id": "U1", "name": "ann", "profile": {"email": "ann@example.org"}});
    write(export.path(), "users.json", &json!([ann]));
    let plans =
        json!({"id": "C1", "name": "plans", "members": ["U1"], "is_archived": true, "topic": {"value": "of today"}});
    let talk = json!({"id": "C2", "name": "talk", "members": ["U1"], "is_archived": false});
    write(export.path(), "channels.json", &json!([plans, talk]));
    // The day on which drafts became plans, with a topic of today, is missing.
    let archived_last = json!([
        event("channel_name", 10, json!({"old_name": "ideas", "name": "drafts"})),
        event("channel_topic", 11, json!({"topic": "of yesterday"})),
        event("channel_archive", 12, json!({})),
    ]);
    write(export.path(), "plans/2014-05-14.json", &archived_last);
    // The day on which chat was taken out cannot be read; on the next it became talk.
    write(export.path(), "talk/2014-05-14.json", &json!([event("channel_archive", 10, json!({}))]));
    std::fs::write(export.path().join("talk/2014-05-15.json"), "[{").unwrap();
    let renamed = event("channel_name", 20, json!({"old_name": "chat", "name": "talk"}));
    write(export.path(), "talk/2014-05-16.json", &json!([renamed]));
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    let head = app.head().await;
    assert!(import(&app, &["slack", path]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let rooms = rooms(&ann).await;
    for (name, topic, archived) in [("plans", json!("of today"), true), ("talk", Value::Null, false)] {
        let room = rooms.iter().find(|room| room["name"] == name).unwrap_or_else(|| panic!("{name}: {rooms:#?}"));
        assert_eq!((&room["topic"], &room["archived"]), (&topic, &json!(archived)), "{name}");
    }
}

#[tokio::test]
async fn what_somebody_did_who_was_erased_is_told_without_them() {
    let app = TestApp::without_nats().await;
    let export = tempfile::tempdir().unwrap();
    let person =
        |id: &str, name: &str| json!({"id": id, "name": name, "profile": {"email": format!("{name}@example.org")}});
    write(export.path(), "users.json", &json!([person("U1", "ann"), person("U2", "bob")]));
    let channels = |name: &str| json!([{"id": "C1", "name": name, "created": "1400055500", "members": ["U1", "U2"]}]);
    write(export.path(), "channels.json", &channels("ideas"));
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    finished(&bob, &erases(&ann).await.expect(200)).await;
    let head = app.head().await;
    write(export.path(), "channels.json", &channels("plans"));
    let renamed = event("channel_name", 10, json!({"old_name": "ideas", "name": "plans"}));
    write(export.path(), "plans/2014-05-14.json", &json!([renamed]));
    assert!(import(&app, &["slack", path]).await.contains("added 1, "));
    assert_eq!(told_of(&app, &ann, head).await, Vec::<String>::new());
    let renamed = ("room_renamed".to_owned(), 1_400_055_510, None, "C1/1400055510.000001/name".to_owned());
    assert_eq!(told(&app.pool).await.last(), Some(&renamed));
    app.settled().await;
    let room = rooms(&bob).await[0].clone();
    assert_eq!(room["name"], "plans");
    let page = bob.get(&format!("/v1/rooms/{}/messages", room["id"].as_str().unwrap())).await.expect(200);
    assert!(page.items().is_empty(), "{}", page.text);
}
