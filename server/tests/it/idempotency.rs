//! The same request again: the same answer, and nothing happens.

use api_kit::Context;
use serde_json::{Value, json};

use crate::harness::person::PASSWORD;
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
async fn an_account_has_the_id_that_was_chosen_once() {
    let app = TestApp::without_nats().await;
    let id = Context::ambient().new_id();
    let register = |email: &str, name: &str| {
        let body = json!({"id": id, "email": email, "password": PASSWORD, "display_name": name});
        app.request("POST", "/v1/users").json(&body).send()
    };
    let first = register("alice@example.org", "Alice").await.expect(201);
    assert_eq!((first.id(), first.header("location")), (id, Some(&*format!("/v1/users/{id}"))));
    let again = register("alice@example.org", "Alice").await.expect(201);
    assert!(is_replay(&again) && again.body == first.body);
    let head = app.head().await;
    register("alice@example.org", "Alicia").await.expect_problem(409, "id-taken");
    register("bob@example.org", "Bob").await.expect_problem(409, "id-taken");
    assert_eq!(app.head().await, head);
    let alice = Person::signs_in(&app.url, "alice@example.org", PASSWORD).await;
    crate::erasures::erases(&alice).await.expect(200);
    register("bob@example.org", "Bob").await.expect_problem(409, "id-taken");
    for no_id in [&*Context::ambient().new_id().to_string().to_uppercase(), "6ba7b810-9dad-41d1-80b4-00c04fd430c8"] {
        let body = json!({"id": no_id, "email": "bob@example.org", "password": PASSWORD, "display_name": "Bob"});
        app.request("POST", "/v1/users").json(&body).send().await.expect_invalid("/id");
    }
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

#[tokio::test]
async fn what_changed_nothing_is_answered_again_whatever_happened_since() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let sent = alice.sends(&room, "hello").await;
    let pin = room.message(&sent, "/pin");
    alice.put(&pin, json!({})).await.expect(204);
    let first = keyed(&alice, "pin", "PUT", &pin, &json!({})).await.expect(204);
    alice.delete(&pin).await.expect(204);
    let head = app.head().await;
    let again = keyed(&alice, "pin", "PUT", &pin, &json!({})).await.expect(204);
    assert!(!is_replay(&first) && is_replay(&again));
    assert_eq!((again.position(), app.head().await), (first.position(), head));
    keyed(&alice, "pin", "DELETE", &pin, &json!({})).await.expect_problem(422, "idempotency-key-reused");

    let dialog = json!({"type": "dialog", "member_ids": [bob.id]});
    let made = alice.post("/v1/rooms", dialog.clone()).await.expect(201);
    let [there, again] = [(); 2].map(|()| keyed(&alice, "dialog", "POST", "/v1/rooms", &dialog));
    let (there, again) = (there.await.expect(200), again.await.expect(200));
    assert_eq!((there.id(), again.id(), is_replay(&again)), (made.id(), made.id(), true));
    // What is refused before anything is decided is not remembered.
    let wrong = json!({"current": "wrong", "new": "correct horse battery"});
    for _ in 0..2 {
        let refused = keyed(&alice, "password", "PUT", "/v1/users/me/password", &wrong).await;
        refused.expect_invalid("/current");
    }
    let right = json!({"current": PASSWORD, "new": "correct horse battery"});
    keyed(&alice, "password", "PUT", "/v1/users/me/password", &right).await.expect(204);
}

#[tokio::test]
async fn a_command_without_a_body_takes_none() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let archive = || alice.request("PUT", &room.path("/archive"));
    archive().json(&json!({"at": "once"})).send().await.expect_invalid("/at");
    archive().bytes("nonsense").send().await.expect_problem(400, "malformed-json");
    archive().json(&json!({})).send().await.expect(204);
    archive().send().await.expect(204);
}
