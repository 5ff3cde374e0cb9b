//! What people see of what was done: rooms with their own part, wordings, readers.

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

/// What a command answers with, without the place of its event.
fn resource(answer: &Answer) -> Value {
    let mut resource = answer.body.clone();
    resource.as_object_mut().unwrap().remove("position");
    resource
}

#[tokio::test]
async fn what_is_unread_is_counted_until_it_is_read() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    alice.sends(&room, "one").await;
    let last = alice.sends(&room, "two").await;
    bob.sends(&room, "mine do not count").await;
    app.settled().await;
    let my = bob.get(&room.path("")).await.expect(200).body["my"].clone();
    assert_eq!((&my["unread_count"], &my["mention_count"]), (&json!(2), &json!(0)));

    bob.put(&room.path("/read"), json!({"position": last.position})).await.expect(204);
    let rooms = bob.get("/v1/rooms").await.expect(200);
    assert_eq!(rooms.items()[0]["my"]["unread_count"], 0);
    assert_eq!(rooms.items()[0]["my"]["read_position"], last.position);
    assert_eq!(rooms.items()[0]["last_message"]["data"]["text"], "mine do not count");
    app.settled().await;
    let seen = alice.get(&room.path(&format!("/messages/{}/seen", last.id))).await.expect(200);
    assert_eq!(seen.items(), [json!({"user_id": bob.id, "display_name": "bob", "read_position": last.position})]);
}

#[tokio::test]
async fn a_message_is_edited_and_deleted_in_its_place() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let sent = alice.sends(&room, "helo").await;
    alice.sends(&room, "anybody there?").await;
    let path = room.path(&format!("/messages/{}", sent.id));
    let edited = alice.patch(&path, json!({"text": "hello"})).await.expect(200);
    assert_eq!((&edited.body["data"]["text"], &edited.body["status"]), (&json!("hello"), &json!("edited")));
    let shown = alice.get(&path).await.expect(200);
    assert_eq!(shown.body, edited.body);
    assert_eq!(shown.header("etag"), Some("\"v2\""));
    let versions = alice.get(&format!("{path}/versions")).await.expect(200);
    let texts: Vec<_> = versions.items().iter().map(|version| version["text"].clone()).collect();
    assert_eq!(texts, ["helo", "hello"]);
    assert_eq!(alice.reads(&room).await, ["hello", "anybody there?"]);

    alice.delete(&path).await.expect(204);
    let deleted = alice.get(&path).await.expect(200).body;
    assert_eq!((&deleted["data"], &deleted["position"]), (&json!({}), &json!(sent.position)));
    assert!(alice.get(&format!("{path}/versions")).await.expect(200).items().is_empty());
    assert_eq!(alice.reads(&room).await, ["", "anybody there?"]);

    // It has been read up to as before: who came so far tells nothing of what it said.
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    bob.put(&room.path("/read"), json!({"position": sent.position})).await.expect(204);
    app.settled().await;
    let seen = alice.get(&format!("{path}/seen")).await.expect(200);
    assert_eq!(seen.items(), [json!({"user_id": bob.id, "display_name": "bob", "read_position": sent.position})]);
}

#[tokio::test]
async fn a_command_that_answers_with_a_resource_answers_as_a_query_would() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "hello").await;
    let changed = alice.patch(&room.path(""), json!({"topic": "engines"})).await.expect(200);
    assert_eq!(changed.body["topic"], "engines");
    assert_eq!(alice.get(&room.path("")).await.expect(200).body, resource(&changed));
    let renamed = alice.patch("/v1/users/me", json!({"display_name": "Alice the Second"})).await.expect(200);
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body, resource(&renamed));
    alice.put("/v1/users/me/settings", json!({"theme": "dark"})).await;
    assert_eq!(alice.get("/v1/users/me/settings").await.expect(200).body, json!({"theme": "dark"}));
}
