//! Coming back.

use futures::future::join_all;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::erasures::{PURGE_LOCK, erases};
use crate::harness::{TestApp, kinds};

#[tokio::test]
async fn who_comes_back_is_told_what_they_missed_and_goes_on() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let since = alice.sends(&room, "seen").await.position;
    for turn in 0..3 {
        alice.sends(&room, &format!("missed {turn}")).await;
    }
    let mut listener = bob.listens_since(since).await;
    let last = alice.sends(&room, "now").await.position;
    let frames = listener.until(last).await;
    assert_eq!(kinds(&frames), ["message_sent"; 4]);
    assert_eq!(frames[0]["prev_position"], since);
    let texts: Vec<_> = frames.iter().map(|frame| frame["data"]["data"]["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["missed 0", "missed 1", "missed 2", "now"]);
}

#[tokio::test]
async fn the_past_and_the_present_join_without_gap_or_double() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let since = app.head().await;
    let sends = async {
        let mut last = 0;
        for turn in 0..60 {
            last = alice.sends(&room, &turn.to_string()).await.position;
        }
        last
    };
    // Who comes back while much is said, and again and again.
    let listens = async {
        let mut told = vec![];
        let mut from = since;
        while told.len() < 60 {
            let mut listener = alice.listens_since(from).await;
            for _ in 0..7.min(60 - told.len()) {
                let frame = listener.hears_of("message_sent").await;
                assert_eq!(frame["prev_position"], from);
                from = frame["position"].as_i64().unwrap();
                told.push(frame["data"]["data"]["text"].as_str().unwrap().to_owned());
            }
        }
        told
    };
    let (_, told) = tokio::join!(sends, listens);
    assert_eq!(told, (0..60).map(|turn| turn.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_position_beyond_the_log_is_answered_with_reset() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut listener = alice.listens_since(1_000_000).await;
    let reset = listener.hears_of("reset").await;
    assert_eq!(reset, json!({"type": "reset", "position": listener.ready}));
    let sent = alice.sends(&room, "hello").await;
    let frame = listener.hears_of("message_sent").await;
    assert_eq!((&frame["position"], &frame["prev_position"]), (&json!(sent.position), &reset["position"]));
}

#[tokio::test]
async fn a_position_that_is_none_is_refused() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    for since in ["-1", "x", "9223372036854775808"] {
        alice.request("GET", &format!("/v1/stream?since={since}")).send().await.expect_problem(400, "invalid-query");
        let last = alice.request("GET", "/v1/stream").header("last-event-id", since);
        last.send().await.expect_problem(400, "invalid-header");
    }
}

#[tokio::test]
async fn what_happened_to_oneself_meanwhile_is_told_too() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    app.settled().await;
    let since = app.head().await;
    bob.put("/v1/users/me/settings", json!({"theme": "dark"})).await.expect(204);
    alice.sends(&room, "before he came").await;
    alice.adds(&room, &bob).await;
    alice.sends(&room, "since").await;
    alice.patch("/v1/users/me", json!({"display_name": "Alicia"})).await.expect(200);
    let frames = bob.listens_since(since).await.until(app.head().await).await;
    assert_eq!(kinds(&frames), ["settings_updated", "membership_added", "message_sent", "user_renamed"]);
    assert_eq!(frames[1]["room"]["id"], json!(room.0));
    alice.delete(&room.path("")).await.expect(204);
    let frames = bob.listens_since(since).await.until(app.head().await).await;
    assert_eq!(kinds(&frames), ["settings_updated", "room_closed"]);
}

/// Rows may hold it for longer than it may be shown, and their erasure is looked at later than what they did before.
#[tokio::test]
async fn of_who_is_erased_it_is_not_told_what_they_chose() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let sent = alice.sends(&room, "hello").await;
    bob.put(&room.message(&sent, "/reactions/🦀"), json!({})).await.expect(204);
    // 500 events are looked at at once.
    for _ in 0..10 {
        join_all((0..50).map(|_| alice.sends(&room, "on"))).await;
    }
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock($1)").bind(PURGE_LOCK).execute(&mut holder).await.unwrap();
    erases(&bob).await.expect(200);
    app.settled().await;

    let mut listener = alice.listens_since(sent.position).await;
    let told = listener.hears_of("reaction_added").await;
    assert_eq!((told.get("reaction"), &told["data"]["reactions"]), (None, &json!([])));
    let mut frame = listener.hears().await;
    while frame["type"] == "message_sent" {
        frame = listener.hears().await;
    }
    assert_eq!(frame["type"], "reset", "then their erasure: {frame}");
    holder.close().await.unwrap();
}

/// Two kinds of everything that a room's own events change.
fn changes(turn: usize) -> serde_json::Value {
    let one = turn.is_multiple_of(2);
    json!({
        "name": if one { "square" } else { "circle" },
        "topic": if one { "news" } else { "weather" },
        "visibility": if one { "public" } else { "private" },
        "permissions": if one { vec!["view_history"] } else { vec!["view_history", "react"] },
        "retain_for": if one { "P90D" } else { "P30D" },
    })
}

#[tokio::test]
async fn who_missed_too_much_fetches_it_anew() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let mut rooms = vec![];
    for _ in 0..20 {
        rooms.push(alice.creates_room("general").await.path(""));
    }
    let (since, mut turn) = (app.head().await, 0);
    // Five events each time, as many at once as there are rooms.
    while app.head().await <= since + 10_000 {
        let changing = rooms.iter().map(|room| alice.patch(room, changes(turn)));
        join_all(changing).await.into_iter().for_each(|answer| drop(answer.expect(200)));
        turn += 1;
    }
    let mut listener = alice.listens_since(since).await;
    let reset = listener.hears_of("reset").await;
    assert_eq!(reset, json!({"type": "reset", "position": reset["position"]}));
    assert!(reset["position"].as_i64().unwrap() > since + 10_000);
    let sent = alice.patch(&rooms[0], json!({"name": "gone on"})).await.expect(200).position().unwrap();
    let frame = listener.hears_of("room_renamed").await;
    assert_eq!((&frame["position"], &frame["prev_position"]), (&json!(sent), &reset["position"]));
}
