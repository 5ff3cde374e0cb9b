//! Signals from one participant to another, and servers that help them.

use std::time::Duration;

use async_nats::ConnectOptions;
use futures::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;
use uuid::Uuid;

use crate::harness::broker::PASSWORD;
use crate::harness::{Answer, Person, Setup, TestApp};

/// Somebody sends a signal.
async fn signals(person: &Person, call: Uuid, to: &Person, payload: &Value) -> Answer {
    person.post(&format!("/v1/calls/{call}/signals"), json!({"to": to.id, "payload": payload})).await
}

/// A payload of so many bytes.
fn payload(bytes: usize) -> Value {
    json!("x".repeat(bytes - 2))
}

#[tokio::test]
async fn signals_go_to_whom_they_are_for_and_nowhere_else() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    let call = alice.calls(&room).await.expect(201).id();
    bob.answers(call).await.expect(204);

    // Who answers sockets hears them as this user.
    let options = ConnectOptions::with_user_and_password("query-api".to_owned(), PASSWORD.to_owned());
    let client = options.custom_inbox_prefix("_INBOX.query-api");
    let client = client.connect(app.setup.broker.as_ref().unwrap().url()).await.unwrap();
    let mut arriving = client.subscribe("hansard.sig.*").await.unwrap();
    client.flush().await.unwrap();

    let head = app.head().await;
    let offer = json!({"type": "offer", "sdp": "v=0\r\n"});
    let sent = signals(&alice, call, &bob, &offer).await.expect(204);
    assert_eq!(sent.position(), None);
    signals(&alice, call, &carol, &offer).await.expect_problem(409, "not-in-the-call");
    signals(&carol, call, &alice, &offer).await.expect_problem(409, "not-in-the-call");
    signals(&bob, call, &alice, &payload(64 * 1024 + 1)).await.expect_problem(413, "too-large");
    signals(&bob, call, &alice, &payload(64 * 1024)).await.expect(204);
    let path = format!("/v1/calls/{call}/signals");
    bob.post(&path, json!({"to": alice.id})).await.expect_problem(422, "invalid");
    bob.post(&path, json!({"payload": {}})).await.expect_problem(422, "invalid");
    bob.post(&path, json!({"to": alice.id.to_string().to_uppercase(), "payload": {}}))
        .await
        .expect_problem(422, "invalid");

    let mut next = async || timeout(Duration::from_secs(10), arriving.next()).await.unwrap().unwrap();
    let first = next().await;
    assert_eq!(first.subject.as_str(), format!("hansard.sig.{}", bob.id));
    let expected = json!({"call_id": call, "from": alice.id, "payload": offer});
    assert_eq!(serde_json::from_slice::<Value>(&first.payload).unwrap(), expected);
    let second = next().await;
    assert_eq!(second.subject.as_str(), format!("hansard.sig.{}", alice.id), "of what was refused nothing came");

    // Whoever is removed neither sends nor receives, at once.
    alice.removes(&room, &bob).await;
    signals(&bob, call, &alice, &offer).await.expect_problem(404, "not-found");
    signals(&alice, call, &bob, &offer).await.expect_problem(409, "not-in-the-call");
    alice.ends(call).await.expect(204);
    signals(&alice, call, &alice, &offer).await.expect_problem(409, "call-ended");
    assert!(app.head().await >= head, "signals are no events");
    let stored: i64 = sqlx::query_scalar("select count(*) from log.events where payload::text like '%v=0%'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn without_nats_signals_are_put_off() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let call = alice.calls(&room).await.expect(201).id();
    let answer = signals(&alice, call, &alice, &json!({})).await.expect_problem(503, "unavailable");
    assert!(answer.header("retry-after").is_some());
}

#[tokio::test]
async fn servers_come_with_credentials_for_a_while() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let none = alice.get("/v1/ice-servers").await.expect(200);
    assert_eq!(none.body, json!({"ice_servers": [], "expires_at": null}));

    let urls = "--turn-urls=stun:turn.example.org,turn:turn.example.org?transport=udp,turns:turn.example.org";
    let flags = [urls, "--turn-secret=north", "--turn-lifetime=1h"];
    let setup = flags.into_iter().fold(Setup::without_nats().await, Setup::flag);
    let app = setup.with_clock().start().await;
    let alice = app.registers("alice").await;
    let answer = alice.get("/v1/ice-servers").await.expect(200).body;
    let (stun, turn) = (&answer["ice_servers"][0], &answer["ice_servers"][1]);
    assert_eq!(stun, &json!({"urls": ["stun:turn.example.org"]}));
    assert_eq!(turn["urls"].as_array().unwrap().len(), 2);
    let ends = app.setup.context.now().unix_timestamp() + 3600;
    assert_eq!(turn["username"], format!("{ends}:{}", alice.id));
    // Base64 of 20 bytes.
    assert_eq!(turn["credential"].as_str().unwrap().len(), 28);
    assert!(!answer.to_string().contains("north"));
}
