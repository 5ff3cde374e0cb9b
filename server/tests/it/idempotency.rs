//! The same request again: the same answer, and nothing happens.

use api_kit::Context;
use serde_json::{Value, json};

use crate::harness::{Answer, Person, TestApp};

/// A command with an `Idempotency-Key`.
async fn keyed(person: &Person, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    person.request(method, path).header("idempotency-key", key).json(body).send().await
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == Some("true")
}

#[tokio::test]
async fn a_retried_message_is_sent_once() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (path, body) = (room.path("/messages"), json!({"text": "hello"}));
    let first = keyed(&alice, "one", "POST", &path, &body).await.expect(201);
    let again = keyed(&alice, "one", "POST", &path, &body).await.expect(201);
    assert!(!is_replay(&first) && is_replay(&again));
    assert_eq!(
        (&again.body, again.position(), again.header("location")),
        (&first.body, first.position(), first.header("location"))
    );
    keyed(&alice, "one", "POST", &path, &json!({"text": "bye"})).await.expect_problem(422, "idempotency-key-reused");
    keyed(&alice, &"k".repeat(129), "POST", &path, &body).await.expect_problem(400, "invalid-header");
    app.settled().await;
    assert_eq!(alice.reads(&room).await, ["hello"]);
}

#[tokio::test]
async fn a_chosen_id_is_taken_once() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let id = Context::ambient().new_id();
    let send =
        |text: &str| alice.request("POST", &room.path("/messages")).json(&json!({"id": id, "text": text})).send();
    let first = send("hello").await.expect(201);
    assert_eq!(first.id(), id);
    let again = send("hello").await.expect(201);
    assert!(is_replay(&again) && again.body == first.body);
    send("bye").await.expect_problem(409, "id-taken");
    let derived = json!({"id": "6ba7b810-9dad-81d1-80b4-00c04fd430c8", "text": "hello"});
    alice.post(&room.path("/messages"), derived).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn who_left_gets_the_answer_again_but_sees_nothing() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let sent = bob.sends(&room, "hello").await;
    let path = room.path(&format!("/messages/{}", sent.id));
    let wording = json!({"text": "hello, all"});
    let edit = || keyed(&bob, "edit", "PATCH", &path, &wording);
    let edited = edit().await.expect(200);
    assert_eq!(edited.body["data"]["text"], "hello, all");
    alice.patch(&room.path(""), json!({"name": "bob is gone"})).await.expect(200);
    alice.removes(&room, &bob).await;

    let again = edit().await.expect(200);
    assert!(is_replay(&again) && again.position() == edited.position());
    assert_eq!(again.body, json!({"id": sent.id, "version": 2}));
    bob.patch(&path, json!({"text": "x"})).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn who_comes_back_sees_the_thing_as_it_is_now() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let body = json!({"name": "first"});
    keyed(&alice, "rename", "PATCH", &room.path(""), &body).await.expect(200);
    alice.patch(&room.path(""), json!({"name": "second"})).await.expect(200);
    app.settled().await;
    let again = keyed(&alice, "rename", "PATCH", &room.path(""), &body).await.expect(200);
    assert!(is_replay(&again));
    assert_eq!((&again.body["name"], again.header("etag")), (&json!("second"), Some("\"v3\"")));
}
