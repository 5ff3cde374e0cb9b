//! Rooms: what commands make of them, as queries show it.

mod refused;

use serde_json::json;

use crate::harness::{Room, TestApp};

#[tokio::test]
async fn a_changed_room_is_answered_as_it_is_queried() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "hello").await;
    let wanted = json!({"name": "special", "topic": "Steam", "permissions": ["send_messages", "view_history"]});
    let changed = alice.patch(&room.path(""), wanted).await.expect(200);
    let queried = alice.get(&room.path("")).await.expect(200);
    assert_eq!(changed.header("etag"), queried.header("etag"));
    let mut body = changed.body.clone();
    assert_eq!(body.as_object_mut().unwrap().remove("position"), changed.position().map(Into::into));
    assert_eq!(body, queried.body);
    assert_eq!((&body["name"], &body["topic"], &body["version"]), (&json!("special"), &json!("Steam"), &json!(4)));
    assert_eq!((&body["member_count"], &body["last_message"]["data"]["text"]), (&json!(1), &json!("hello")));

    let same = alice.patch(&room.path(""), json!({"name": "special"})).await.expect(200);
    assert_eq!((same.position(), &same.body["version"]), (changed.position(), &json!(4)));
    let stale = alice.request("PATCH", &room.path("")).header("if-match", "\"v1\"").json(&json!({"name": "x"}));
    stale.send().await.expect_problem(412, "version-mismatch");
}

#[tokio::test]
async fn a_group_may_come_to_a_name_later() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let room = Room(alice.post("/v1/rooms", json!({"type": "group", "name": null})).await.expect(201).id());
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["name"], json!(null));
    assert_eq!(alice.patch(&room.path(""), json!({"name": "at last"})).await.expect(200).body["name"], "at last");
}

#[tokio::test]
async fn people_are_in_a_room_from_the_start() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let body = json!({"type": "group", "name": "general", "topic": "all", "member_ids": [bob.id, bob.id, alice.id]});
    let made = alice.post("/v1/rooms", body).await.expect(201);
    let path = made.header("location").unwrap().to_owned();
    let room = alice.get(&path).await.expect(200).body;
    assert_eq!(
        (&room["type"], &room["visibility"], &room["topic"]),
        (&json!("group"), &json!("private"), &json!("all"))
    );
    assert_eq!((&room["member_count"], &room["created_by"]), (&json!(2), &json!(alice.id)));
    let bobs = bob.request("GET", &path).header("min-event-position", made.position().unwrap().to_string());
    let bobs = bobs.patiently().await.expect(200).body;
    let permissions = json!(["view_history", "send_messages", "send_files", "react", "start_calls"]);
    assert_eq!(bobs["my"]["permissions"], permissions);
    assert_eq!(room["my"]["permissions"].as_array().unwrap().len(), 13, "the owner has all");
    eve.get(&path).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn an_archived_room_is_read_not_written() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.sends(&room, "before").await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["archived"], true);
    assert_eq!(alice.reads(&room).await, ["before"]);
    alice.post(&room.path("/messages"), json!({"text": "during"})).await.expect_problem(409, "archived");
    alice.delete(&room.path("/archive")).await.expect(204);
    alice.sends(&room, "after").await;
    assert_eq!(alice.reads(&room).await, ["before", "after"]);
}
