//! Calls: who may, how they end, and what is told of them.

mod by_itself;
mod signals;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Person, Room, TestApp};

impl Person {
    /// Starts a call in a room; the answer.
    async fn calls(&self, room: &Room) -> Answer {
        self.post(&room.path("/calls"), json!({"media": "video"})).await
    }

    async fn answers(&self, call: Uuid) -> Answer {
        self.put(&participation(call), json!({})).await
    }

    /// Leaves a call, or declines it.
    async fn hangs_up(&self, call: Uuid) -> Answer {
        self.delete(&participation(call)).await
    }

    /// What is answered to who asks for one call.
    async fn sees_call(&self, call: Uuid) -> Answer {
        self.get(&format!("/v1/calls/{call}")).await
    }

    async fn ends(&self, call: Uuid) -> Answer {
        self.delete(&format!("/v1/calls/{call}")).await
    }

    /// The room's calls, oldest first.
    async fn sees_calls(&self, room: &Room) -> Vec<Value> {
        self.get(&room.path("/calls")).await.expect(200).items().to_vec()
    }
}

fn participation(call: Uuid) -> String {
    format!("/v1/calls/{call}/participants/me")
}

/// Somebody in a call.
fn participant<'a>(call: &'a Value, who: &Person) -> &'a Value {
    let participants = call["participants"].as_array().unwrap();
    participants.iter().find(|one| one["user_id"] == json!(who.id)).expect("they took part")
}

/// Who took part in a call, each with how they went.
fn took_part(call: &Value) -> Vec<(String, Value)> {
    let participants = call["participants"].as_array().unwrap();
    participants.iter().map(|one| (one["user_id"].as_str().unwrap().to_owned(), one["departure"].clone())).collect()
}

/// Of each call in the timeline what is told of it: type, who, outcome.
async fn told(person: &Person, room: &Room) -> Vec<Value> {
    let page = person.get(&room.path("/messages")).await.expect(200);
    let calls = page.items().iter().filter(|message| message["type"] == "call");
    let told = calls.map(|message| {
        let event = &message["data"]["event"];
        json!([event["type"], message["sender_id"], event["outcome"]])
    });
    told.collect()
}

#[tokio::test]
async fn a_call_is_joined_left_and_told_of() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    let started = alice.calls(&room).await.expect(201);
    let call = started.id();
    assert_eq!(started.header("location").unwrap(), format!("/v1/calls/{call}"));
    let rings = &alice.sees_calls(&room).await[0];
    let alone = bob.get(started.header("location").unwrap()).await.expect(200).body;
    assert_eq!((&alone["id"], took_part(&alone)), (&json!(call), took_part(rings)));
    let is_null = |call: &Value, field: &str| call[field].is_null();
    assert!(is_null(rings, "answered_at") && is_null(rings, "ended_at") && is_null(rings, "outcome"));
    assert_eq!((&rings["media"], &rings["duration_ms"]), (&json!("video"), &json!(0)));
    assert_eq!(took_part(rings), [(alice.id.to_string(), Value::Null)]);

    // A room has one call at a time.
    bob.calls(&room).await.expect_problem(409, "call-in-progress");
    bob.answers(call).await.expect(204);
    assert_eq!(bob.answers(call).await.expect(204).position(), bob.answers(call).await.expect(204).position());
    carol.hangs_up(call).await.expect(204);
    bob.hangs_up(call).await.expect(204);
    let goes_on = &bob.sees_calls(&room).await[0];
    assert!(!is_null(goes_on, "answered_at") && is_null(goes_on, "ended_at"));
    let bob_left = json!("left");
    let expected = [
        (alice.id.to_string(), Value::Null),
        (bob.id.to_string(), bob_left.clone()),
        (carol.id.to_string(), json!("declined")),
    ];
    assert_eq!(took_part(goes_on), expected);
    alice.hangs_up(call).await.expect(204);
    let over = &alice.sees_calls(&room).await[0];
    assert_eq!(over["outcome"], "answered");
    assert_eq!(carol.sees_call(call).await.expect(200).body, *over);
    assert!(over["duration_ms"].as_i64().unwrap() >= over["participants"][1]["duration_ms"].as_i64().unwrap());
    bob.answers(call).await.expect_problem(409, "call-ended");
    alice.hangs_up(call).await.expect(204);
    alice.ends(call).await.expect(204);

    // The room is free for the next, which its starter gives up.
    let next = bob.calls(&room).await.expect(201).id();
    bob.ends(next).await.expect(204);
    let calls = bob.sees_calls(&room).await;
    assert_eq!(calls.iter().map(|call| call["outcome"].clone()).collect::<Vec<_>>(), ["answered", "missed"]);
    assert_eq!(
        told(&bob, &room).await,
        [
            json!(["call_started", alice.id, null]),
            json!(["call_ended", alice.id, "answered"]),
            json!(["call_started", bob.id, null]),
            json!(["call_ended", bob.id, "missed"]),
        ]
    );
    let page = bob.get(&room.path("/calls?limit=1")).await.expect(200);
    assert_eq!((page.items().len(), &page.items()[0]["id"]), (1, &json!(next)));
    let before = page.body["before"].as_str().unwrap();
    let page = bob.get(&room.path(&format!("/calls?limit=1&before={before}"))).await.expect(200);
    assert_eq!((&page.items()[0]["id"], &page.body["before"]), (&json!(call), &Value::Null));
    for command in [["projections", "rebuild"], ["projections", "verify"]] {
        let done = app.setup.command(command).await;
        assert!(done.status.success(), "{done:?}");
    }
}

#[tokio::test]
async fn in_a_room_of_two_either_ends_it() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let dialog = json!({"type": "dialog", "member_ids": [bob.id]});
    let room = Room(alice.post("/v1/rooms", dialog).await.expect(201).id());
    let call = alice.calls(&room).await.expect(201).id();
    bob.hangs_up(call).await.expect(204);
    let call = bob.calls(&room).await.expect(201).id();
    alice.answers(call).await.expect(204);
    alice.ends(call).await.expect(204);
    let calls = alice.sees_calls(&room).await;
    assert_eq!(calls.iter().map(|call| call["outcome"].clone()).collect::<Vec<_>>(), ["declined", "answered"]);
    bob.put(&format!("/v1/users/me/blocks/{}", alice.id), json!({})).await.expect(204);
    alice.calls(&room).await.expect_problem(403, "blocked");
}

#[tokio::test]
async fn the_same_call_again_is_the_same_call() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let id = "01900000-0000-7000-8000-00000000ca11";
    let start = async || alice.post(&room.path("/calls"), json!({"id": id, "media": "audio"})).await;
    let first = start().await.expect(201);
    let again = start().await.expect(201);
    assert_eq!((again.id(), again.position()), (first.id(), first.position()));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    alice.post(&room.path("/calls"), json!({"id": id, "media": "video"})).await.expect_problem(409, "id-taken");
    // So it is for others, also once it is over and another one goes on.
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    alice.ends(first.id()).await.expect(204);
    alice.calls(&room).await.expect(201);
    bob.post(&room.path("/calls"), json!({"id": id, "media": "audio"})).await.expect_problem(409, "id-taken");
    bob.calls(&room).await.expect_problem(409, "call-in-progress");
}

#[tokio::test]
async fn calls_are_for_who_may() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    alice.adds(&room, &bob).await;
    alice.allows(&room, &["view_history"]).await;
    bob.calls(&room).await.expect_problem(403, "forbidden");
    for body in [json!({}), json!({"media": "smoke"}), json!({"media": "audio", "loud": true})] {
        alice.post(&room.path("/calls"), body).await.expect_problem(422, "invalid");
    }
    let call = alice.calls(&room).await.expect(201).id();
    bob.answers(call).await.expect(204);
    bob.ends(call).await.expect_problem(403, "forbidden");

    let nothing: Uuid = "01900000-0000-7000-8000-000000000000".parse().unwrap();
    for (person, call) in [(&eve, call), (&bob, nothing)] {
        person.answers(call).await.expect_problem(404, "not-found");
        person.hangs_up(call).await.expect_problem(404, "not-found");
        person.ends(call).await.expect_problem(404, "not-found");
        person.sees_call(call).await.expect_problem(404, "not-found");
        let signal = json!({"to": alice.id, "payload": {}});
        person.post(&format!("/v1/calls/{call}/signals"), signal).await.expect_problem(404, "not-found");
    }
    eve.calls(&room).await.expect_problem(404, "not-found");
    eve.get(&room.path("/calls")).await.expect_problem(404, "not-found");
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.calls(&room).await.expect_problem(409, "archived");

    let square = eve.creates_public_room("square").await;
    let call = eve.calls(&square).await.expect(201).id();
    bob.calls(&square).await.expect_problem(403, "not-a-member");
    bob.answers(call).await.expect_problem(403, "not-a-member");
    bob.sees_call(call).await.expect_problem(404, "not-found");
    bob.get(&square.path("/calls")).await.expect_problem(403, "not-a-member");

    let former = app.registers("former").await;
    eve.adds(&square, &former).await;
    former.answers(call).await.expect(204);
    former.sees_call(call).await.expect(200);
    former.delete("/v1/sessions/current").await.expect(204);
    former.answers(call).await.expect_problem(401, "not-signed-in");
    former.sees_call(call).await.expect_problem(401, "not-signed-in");
    former.calls(&square).await.expect_problem(401, "not-signed-in");
    former.get("/v1/ice-servers").await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn who_sees_no_history_sees_calls_from_their_coming_on() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.allows(&room, &["start_calls"]).await;
    let before = alice.calls(&room).await.expect(201).id();
    alice.ends(before).await.expect(204);
    let running = alice.calls(&room).await.expect(201).id();
    alice.adds(&room, &bob).await;
    app.settled().await;
    bob.sees_call(running).await.expect(200);
    bob.answers(running).await.expect(204);
    alice.ends(running).await.expect(204);
    let after = bob.calls(&room).await.expect(201).id();
    let seen = |calls: Vec<Value>| calls.iter().map(|call| call["id"].clone()).collect::<Vec<_>>();
    assert_eq!(seen(bob.sees_calls(&room).await), [json!(running), json!(after)]);
    assert_eq!(seen(alice.sees_calls(&room).await), [json!(before), json!(running), json!(after)]);
    bob.sees_call(before).await.expect_problem(404, "not-found");
    alice.sees_call(before).await.expect(200);
    alice.removes(&room, &bob).await;
    bob.sees_call(after).await.expect_problem(404, "not-found");
}
