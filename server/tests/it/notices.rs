//! Notices: what happened in a room, told in its timeline between the messages.

use serde_json::{Value, json};

use crate::harness::{Person, Room, TestApp};

/// Kind, sender and content of everything in the room's newest page, oldest first.
async fn timeline(person: &Person, room: &Room) -> Vec<(Value, Value, Value)> {
    let page = person.get(&room.path("/messages")).await.expect(200);
    let part = |message: &Value| (message["type"].clone(), message["sender_id"].clone(), message["data"].clone());
    page.items().iter().map(part).collect()
}

fn told(kind: &str, by: &Person, event: &Value) -> (Value, Value, Value) {
    (json!(kind), json!(by.id), json!({"event": event}))
}

fn said(by: &Person, text: &str) -> (Value, Value, Value) {
    (json!("message"), json!(by.id), json!({"text": text}))
}

#[tokio::test]
async fn comings_and_goings_stand_in_the_timeline_but_not_who_founded_the_room() {
    let app = TestApp::without_nats().await;
    let (alice, bob, carol) = (app.registers("alice").await, app.registers("bob").await, app.registers("carol").await);
    let founding = json!({"type": "group", "visibility": "public", "name": "square", "member_ids": [bob.id]});
    let room = Room(alice.post("/v1/rooms", founding).await.expect(201).id());
    alice.sends(&room, "welcome").await;
    carol.put(&room.path("/members/me"), json!({})).await.expect(201);
    alice.removes(&room, &bob).await;
    alice.adds(&room, &bob).await;
    carol.leaves(&room).await;
    bob.sends(&room, "hello").await;
    let who = |kind: &str, who: &Person| json!({"type": kind, "user_id": who.id});
    assert_eq!(
        timeline(&bob, &room).await,
        [
            said(&alice, "welcome"),
            told("user_joined", &carol, &who("membership_joined", &carol)),
            told("user_left", &alice, &who("membership_removed", &bob)),
            told("user_joined", &alice, &who("membership_added", &bob)),
            told("user_left", &carol, &who("membership_left", &carol)),
            said(&bob, "hello"),
        ]
    );
}

#[tokio::test]
async fn changes_of_the_room_stand_in_the_timeline() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "welcome").await;
    let changes = json!({"name": "square", "topic": "all and nothing", "visibility": "public"});
    alice.patch(&room.path(""), changes).await.expect(200);
    alice.allows(&room, &["view_history"]).await;
    alice.put(&room.message(&sent, "/pin"), json!({})).await.expect(204);
    alice.delete(&room.message(&sent, "/pin")).await.expect(204);
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.delete(&room.path("/archive")).await.expect(204);
    let event = |event: Value| told("event", &alice, &event);
    assert_eq!(
        timeline(&alice, &room).await,
        [
            said(&alice, "welcome"),
            event(json!({"type": "room_renamed", "name": "square"})),
            event(json!({"type": "room_topic_changed", "topic": "all and nothing"})),
            event(json!({"type": "room_visibility_changed", "visibility": "public"})),
            event(json!({"type": "room_permissions_changed", "permissions": ["view_history"]})),
            event(json!({"type": "message_pinned", "message_id": sent.id})),
            event(json!({"type": "room_archived"})),
            event(json!({"type": "room_unarchived"})),
        ]
    );
}

#[tokio::test]
async fn a_notice_is_read_like_a_message_and_never_changed() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "welcome").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let page = alice.get(&room.path("/messages")).await.expect(200);
    let notice = &page.items()[1];
    let path = room.path(&format!("/messages/{}", notice["id"].as_str().unwrap()));
    let one = alice.get(&path).await.expect(200);
    assert_eq!((&one.body, one.header("etag")), (notice, Some("\"v1\"")));
    assert_eq!(
        (&notice["status"], &notice["pinned"], &notice["edited_at"]),
        (&json!("sent"), &json!(false), &Value::Null)
    );
    assert!(alice.get(&format!("{path}/versions")).await.expect(200).items().is_empty());
    assert!(alice.get(&format!("{path}/seen")).await.expect(200).items().is_empty());
    let around = alice.get(&room.path(&format!("/messages?around={}&limit=1", notice["id"].as_str().unwrap()))).await;
    assert_eq!(around.expect(200).items(), std::slice::from_ref(notice));

    alice.patch(&path, json!({"text": "x"})).await.expect_problem(404, "not-found");
    alice.delete(&path).await.expect_problem(404, "not-found");
    for below in ["/pin", "/reactions/👍"] {
        alice.put(&format!("{path}{below}"), json!({})).await.expect_problem(404, "not-found");
        alice.delete(&format!("{path}{below}")).await.expect_problem(404, "not-found");
    }
    let forward = json!({"to_room_id": room.0});
    alice.post(&format!("{path}/forwards"), forward).await.expect_problem(404, "not-found");
    let answer = json!({"text": "indeed", "reply_to": notice["id"]});
    alice.post(&room.path("/messages"), answer).await.expect_problem(422, "invalid");

    // It is neither unread nor the newest message, and moves no room to the front.
    let seen = bob.get("/v1/rooms").await.expect(200).items()[0].clone();
    assert_eq!((&seen["my"]["unread_count"], &seen["last_message"]["id"]), (&json!(0), &json!(sent.id)));
    let other = bob.creates_room("other").await;
    alice.patch(&room.path(""), json!({"topic": "news"})).await.expect(200);
    app.settled().await;
    let rooms = bob.get("/v1/rooms").await.expect(200);
    assert_eq!(rooms.items()[0]["id"], other.0.to_string());
}

#[tokio::test]
async fn without_view_history_notices_too_are_seen_from_ones_joining_on() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.allows(&room, &["send_messages"]).await;
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    alice.sends(&room, "hello").await;
    app.settled().await;
    let joined = json!({"type": "membership_added", "user_id": carol.id});
    assert_eq!(timeline(&bob, &room).await, [told("user_joined", &alice, &joined), said(&alice, "hello")]);
    assert_eq!(timeline(&carol, &room).await, [said(&alice, "hello")]);
    assert_eq!(timeline(&alice, &room).await.len(), 4, "the owner sees all");
}
