//! Calls, as they are told; and what streams tell of who is connected.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Room, TestApp};

/// The room's last call as a frame has it: how long it lasts grows until it ends.
async fn shown(person: &Person, room: &Room) -> Value {
    let calls = person.get(&room.path("/calls")).await.expect(200);
    lasting(calls.items().last().expect("there is a call").clone())
}

/// A call without how long it lasts.
pub(super) fn lasting(mut call: Value) -> Value {
    for participant in call["participants"].as_array_mut().unwrap() {
        participant["duration_ms"] = json!(0);
    }
    call["duration_ms"] = json!(0);
    call
}

#[tokio::test]
async fn members_are_told_of_a_call_and_those_in_it_what_others_signal() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let (mut at_alice, mut at_bob, mut at_carol) = (alice.listens().await, bob.listens().await, carol.listens().await);

    let call = alice.post(&room.path("/calls"), json!({"media": "video"})).await.expect(201).id();
    let started = at_bob.hears_of("call_started").await;
    assert_eq!(lasting(started["data"].clone()), shown(&bob, &room).await);
    assert_eq!(started["message"]["type"], "call");
    assert_eq!(at_alice.hears_of("call_started").await["data"], started["data"]);
    bob.put(&format!("/v1/calls/{call}/participants/me"), json!({})).await.expect(204);
    let joined = at_alice.hears_of("call_joined").await;
    assert_eq!(lasting(joined["data"].clone()), shown(&alice, &room).await);

    assert_eq!(at_bob.hears_of("call_joined").await["data"], joined["data"]);

    let offer = json!({"type": "offer", "sdp": "v=0\r\n"});
    let signal = json!({"to": bob.id, "payload": offer});
    alice.post(&format!("/v1/calls/{call}/signals"), signal).await.expect(204);
    let data = json!({"call_id": call, "from": alice.id, "payload": offer});
    assert_eq!(at_bob.hears_of("signal").await, json!({"type": "signal", "data": data}));

    alice.delete(&format!("/v1/calls/{call}")).await.expect(204);
    let ended = at_bob.hears_of("call_ended").await;
    assert_eq!(lasting(ended["data"].clone()), shown(&bob, &room).await);
    assert_eq!(ended["message"]["data"]["event"]["outcome"], "answered");
    assert!(at_carol.until(app.head().await).await.is_empty(), "who is not in the room is told nothing");
}

#[tokio::test]
async fn who_came_while_a_call_goes_on_is_told_how_it_ends() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.allows(&room, &["start_calls"]).await;
    let call = alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201).id();
    alice.adds(&room, &bob).await;
    let mut at_bob = bob.listens().await;
    alice.delete(&format!("/v1/calls/{call}")).await.expect(204);
    let ended = at_bob.hears_of("call_ended").await;
    assert_eq!(lasting(ended["data"].clone()), shown(&bob, &room).await);
    assert_eq!(ended["message"]["type"], "call");
}

#[tokio::test]
async fn it_is_noted_who_is_in_a_call_and_connected_until_they_are_not() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (at_alice, mut at_bob) = (alice.listens().await, bob.listens().await);
    alice.post(&room.path("/calls"), json!({"media": "audio"})).await.expect(201);
    at_bob.hears_of("call_started").await;
    drop(at_alice);
    let seen = async || {
        let seen: Vec<Uuid> =
            sqlx::query_scalar("select user_id from observed.socket").fetch_all(&app.pool).await.unwrap();
        seen
    };
    // Of who is in no call nothing is noted.
    while seen().await.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(seen().await, [alice.id]);
}
