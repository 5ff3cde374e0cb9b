//! Messages: what commands make of them, as queries show it.

mod refused;

use serde_json::json;

use crate::harness::TestApp;

#[tokio::test]
async fn an_edited_message_is_answered_as_it_is_queried() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let first = alice.sends(&room, "hello").await;
    let answer = json!({"text": "hello back", "reply_to": first.id});
    let sent = bob.post(&room.path("/messages"), answer).await.expect(201);
    let path = sent.header("location").unwrap().to_owned();
    assert_eq!(path, room.path(&format!("/messages/{}", sent.id())));

    let edited = bob.patch(&path, json!({"text": "hello back, alice"})).await.expect(200);
    let queried = bob.get(&path).await.expect(200);
    assert_eq!((edited.header("etag"), &edited.body), (queried.header("etag"), &queried.body));
    let message = edited.body;
    assert_eq!(message["data"], json!({"text": "hello back, alice", "reply_to": first.id}));
    assert_eq!((&message["status"], &message["version"]), (&json!("edited"), &json!(2)));
    assert_eq!((&message["position"], &message["sent_at"]), (&json!(sent.position()), &sent.body["sent_at"]));

    alice.patch(&path, json!({"text": "x"})).await.expect_problem(403, "not-the-author");
    let stale = bob.request("PATCH", &path).header("if-match", "\"v1\"").json(&json!({"text": "x"}));
    stale.send().await.expect_problem(412, "version-mismatch");
    assert_eq!(alice.get(&path).await.expect(200).body["data"]["text"], "hello back, alice");
}

#[tokio::test]
async fn a_deleted_message_keeps_its_place_and_says_nothing() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (first, second) = (bob.sends(&room, "one").await, bob.sends(&room, "two").await);
    let path = |id| room.path(&format!("/messages/{id}"));
    bob.delete(&path(first.id)).await.expect(204);
    let deleted = bob.get(&path(first.id)).await.expect(200).body;
    assert_eq!((&deleted["status"], &deleted["data"]), (&json!("deleted"), &json!({})));
    assert_eq!((&deleted["position"], &deleted["version"]), (&json!(first.position), &json!(2)));
    bob.patch(&path(first.id), json!({"text": "x"})).await.expect_problem(409, "message-deleted");

    let eve = app.registers("eve").await;
    alice.adds(&room, &eve).await;
    eve.delete(&path(second.id)).await.expect_problem(403, "forbidden");
    alice.delete(&path(second.id)).await.expect(204);
    assert_eq!(alice.reads(&room).await, ["", ""]);
}

#[tokio::test]
async fn what_is_read_is_not_unread() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (first, last) = (alice.sends(&room, "one").await, alice.sends(&room, "two").await);
    let path = room.path("/read");
    let read = |position: i64| bob.put(&path, json!({"position": position}));

    read(last.position).await.expect(204);
    let my = bob.get(&room.path("")).await.expect(200).body["my"].clone();
    assert_eq!((&my["read_position"], &my["unread_count"]), (&json!(last.position), &json!(0)));
    read(first.position).await.expect(204);
    let my = bob.get(&room.path("")).await.expect(200).body["my"].clone();
    assert_eq!(my["read_position"], json!(last.position), "backwards is nowhere");
    read(app.head().await + 1).await.expect_problem(409, "position-unknown");
    read(-1).await.expect_invalid("/position");
    alice.sends(&room, "three").await;
    app.settled().await;
    assert_eq!(bob.get(&room.path("")).await.expect(200).body["my"]["unread_count"], 1);
}

#[tokio::test]
async fn what_one_does_not_see_one_does_not_delete_but_for_ones_own() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.allows(&room, &["send_messages", "delete_messages"]).await;
    alice.adds(&room, &bob).await;
    let (before, own) = (alice.sends(&room, "before").await, bob.sends(&room, "mine").await);
    bob.leaves(&room).await;
    alice.adds(&room, &bob).await;
    let after = alice.sends(&room, "after").await;
    bob.get(&room.message(&before, "")).await.expect_problem(404, "not-found");
    bob.delete(&room.message(&before, "")).await.expect_problem(404, "not-found");
    bob.delete(&room.message(&own, "")).await.expect(204);
    bob.delete(&room.message(&after, "")).await.expect(204);
}

#[tokio::test]
async fn nobody_says_something_in_the_place_of_what_was_said() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let said = alice.sends(&room, "mine").await;
    let before = app.head().await;
    let answer = json!({"id": said.id, "text": "not yours", "reply_to": said.id});
    bob.post(&room.path("/messages"), answer.clone()).await.expect_problem(409, "id-taken");
    alice.post(&room.path("/messages"), answer).await.expect_problem(409, "id-taken");
    let forward = json!({"id": said.id, "to_room_id": room.0});
    bob.post(&room.message(&said, "/forwards"), forward).await.expect_problem(409, "id-taken");
    assert_eq!(app.head().await, before);
    app.settled().await;
    assert_eq!(bob.reads(&room).await, ["mine"]);
}
