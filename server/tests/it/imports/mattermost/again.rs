//! Imports that come again: the same, one that was interrupted, one beside what people did since.

use std::fmt::Write;

use serde_json::json;

use super::super::{import, messages, signs_in};
use super::{export, id, imported, room, texts};
use crate::harness::TestApp;

#[tokio::test]
async fn a_second_import_adds_nothing_and_brings_nothing_back() {
    let app = imported().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let general = room(&ann, "General (Core)").await;
    let said = messages(&ann, id(&general)).await;
    let path =
        |message: usize, below: &str| format!("/v1/rooms/{}/messages/{}{below}", id(&general), id(&said[message]));
    ann.delete(&path(0, "/reactions/👍")).await.expect(204);
    ann.delete(&path(0, "/pin")).await.expect(204);
    ann.delete(&path(1, "")).await.expect(204);
    ann.patch(&format!("/v1/rooms/{}", id(&general)), json!({"topic": "a topic of today"})).await.expect(200);
    let head = app.head().await;
    let again = import(&app, &["mattermost", export().to_str().unwrap()]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn an_import_that_was_interrupted_goes_on_where_it_was() {
    let whole = imported().await;
    let app = TestApp::without_nats().await;
    let path = export();
    let path = path.to_str().unwrap();
    for position in [12, 25, 40] {
        let failing = format!(
            "create or replace function fail() returns trigger language plpgsql as $$ begin \
             if new.position > {position} then raise exception 'no further'; end if; return new; end $$; \
             drop trigger if exists fail on log.events; \
             create trigger fail before insert on log.events for each row execute function fail()"
        );
        sqlx::raw_sql(&failing).execute(&app.pool).await.unwrap();
        let output = app.setup.command(["import", "mattermost", path]).await;
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(app.head().await <= position);
    }
    sqlx::raw_sql("drop trigger fail on log.events").execute(&app.pool).await.unwrap();
    import(&app, &["mattermost", path]).await;
    app.settled().await;
    assert_eq!(app.head().await, whole.head().await, "every fact is told, once");
    let ann = signs_in(&app, "ann@example.org").await;
    assert_eq!(messages(&ann, id(&room(&ann, "General (Core)").await)).await.len(), 8);
}

#[tokio::test]
async fn somebody_with_an_account_here_keeps_it_and_their_dialogs() {
    let app = TestApp::without_nats().await;
    let (ann, bob) = (app.registers("ann").await, app.registers("bob").await);
    app.verifies(&ann).await;
    app.verifies(&bob).await;
    let dialog = ann.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201).id();
    let path = export();
    let path = path.to_str().unwrap();
    import(&app, &["mattermost", path]).await;
    let head = app.head().await;
    assert!(import(&app, &["mattermost", path]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    app.settled().await;
    assert_eq!(texts(&messages(&bob, &dialog.to_string()).await), ["psst", "yes?"]);
    let said = messages(&ann, id(&room(&ann, "General (Core)").await)).await;
    assert_eq!(said[0]["sender_id"], json!(bob.id));
    assert_eq!(said[0]["data"]["entities"][0]["user_id"], json!(ann.id));
}

#[tokio::test]
async fn of_many_posts_in_any_order_each_is_told_once_in_its_room_s_order() {
    const POSTS: u64 = 3000;
    let app = TestApp::without_nats().await;
    let mut lines = String::from("{\"type\":\"version\",\"version\":1}\n");
    let mut line = |value: serde_json::Value| writeln!(lines, "{value}").unwrap();
    line(json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}));
    let channels = (0..3).map(|channel| format!("c{channel}")).collect::<Vec<_>>();
    for name in &channels {
        line(json!({"type": "channel", "channel": {"team": "t", "name": name, "type": "O"}}));
    }
    let of = channels.iter().map(|name| json!({"name": name, "roles": "channel_user"})).collect::<Vec<_>>();
    let teams = json!([{"name": "t", "channels": of}]);
    line(json!({"type": "user", "user": {"username": "ann", "email": "ann@example.org", "teams": teams}}));
    for number in 0..POSTS {
        // Every number below POSTS, which is no multiple of 7, once.
        let place = number * 7 % POSTS;
        let (channel, at) = (&channels[usize::try_from(place % 3).unwrap()], 1_700_000_000_000 + place * 1000);
        let post =
            json!({"team": "t", "channel": channel, "user": "ann", "message": place.to_string(), "create_at": at});
        line(json!({"type": "post", "post": post}));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    std::fs::write(&path, lines).unwrap();
    let told = import(&app, &["mattermost", path.to_str().unwrap()]).await;
    assert!(told.contains(&format!("{POSTS} messages in 3 rooms; 0 lines bad")), "{told}");
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    for (first, name) in (0..).zip(&channels) {
        let said = messages(&ann, id(&room(&ann, name).await)).await;
        let expected = (first..POSTS).step_by(3).map(|place| place.to_string()).collect::<Vec<_>>();
        assert_eq!(texts(&said), expected);
    }
}

/// An export of one channel, which ann looks after; and bob, if he is an admin of it.
fn looked_after(bob_s_roles: &str) -> String {
    let user = |name: &str, roles: &str| {
        let teams = json!([{"name": "t", "channels": [{"name": "c", "roles": roles}]}]);
        json!({"type": "user", "user": {"username": name, "email": format!("{name}@example.org"), "teams": teams}})
    };
    let lines = [
        json!({"type": "version", "version": 1}),
        json!({"type": "team", "team": {"name": "t", "display_name": "T", "type": "O"}}),
        json!({"type": "channel", "channel": {"team": "t", "name": "c", "type": "O"}}),
        user("ann", "channel_user channel_admin"),
        user("bob", bob_s_roles),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

#[tokio::test]
async fn a_limit_that_people_came_to_here_does_not_keep_an_import_from_going_on() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.jsonl");
    let imports = async |lines: String| {
        std::fs::write(&path, lines).unwrap();
        import(&app, &["mattermost", path.to_str().unwrap()]).await
    };
    imports(looked_after("channel_user")).await;
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let roles = format!("/v1/rooms/{}/roles", id(&room(&ann, "c").await));
    for number in 0..100 {
        ann.post(&roles, json!({"name": number.to_string(), "rank": 1})).await.expect(201);
    }
    ann.post(&roles, json!({"name": "one more", "rank": 1})).await.expect_problem(409, "limit-reached");
    let said = json!({"type": "post", "post": {
        "team": "t", "channel": "c", "user": "bob", "message": "late", "create_at": 1_700_000_000_000_u64,
    }});
    imports(looked_after("channel_user channel_admin") + &said.to_string()).await;
    app.settled().await;
    assert_eq!(texts(&messages(&ann, id(&room(&ann, "c").await)).await), ["late"]);
}
