//! Forwards.

use serde_json::{Value, json};

use crate::harness::room::Sent;
use crate::harness::{Answer, Person, Room, TestApp};

async fn forwards(person: &Person, from: &Room, sent: &Sent, to: &Room) -> Answer {
    person.post(&from.message(sent, "/forwards"), json!({"to_room_id": to.0})).await
}

/// The message that an answer says was sent.
async fn sent(person: &Person, answer: &Answer) -> Value {
    person.get(answer.header("location").unwrap()).await.expect(200).body
}

#[tokio::test]
async fn what_is_forwarded_says_where_it_was_said_first() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (second, third) = (alice.creates_room("second").await, alice.creates_room("third").await);
    let said = bob.sends(&room, "@alice see http://example.org").await;
    let from = json!({"message_id": said.id, "room_id": room.0, "sender_id": bob.id});
    let link = json!([{"type": "link", "offset": 11, "length": 18}]);

    let answer = forwards(&alice, &room, &said, &second).await.expect(201);
    assert_eq!(answer.header("location"), Some(&*second.path(&format!("/messages/{}", answer.id()))));
    assert_eq!(answer.body["position"].as_i64(), answer.position());
    let message = sent(&alice, &answer).await;
    assert_eq!((&message["sender_id"], &message["sent_at"]), (&json!(alice.id), &answer.body["sent_at"]));
    let data = json!({"text": "@alice see http://example.org", "entities": link, "forwarded_from": from});
    assert_eq!((&message["room_id"], &message["data"]), (&json!(second.0), &data));

    let once = Sent { id: answer.id(), position: answer.position().unwrap() };
    let again = forwards(&alice, &second, &once, &third).await.expect(201);
    assert_eq!(sent(&alice, &again).await["data"], data, "of a forward the beginning is told");
    let here = forwards(&bob, &room, &said, &room).await.expect(201);
    assert_eq!(sent(&bob, &here).await["data"], data);

    let path = answer.header("location").unwrap();
    alice.patch(path, json!({"text": "my words"})).await.expect_problem(409, "forwarded");
    alice.delete(path).await.expect(204);
    assert_eq!(bob.get(&room.message(&said, "")).await.expect(200).body["status"], "sent");
}

#[tokio::test]
async fn what_is_forwarded_is_sealed_for_who_said_it_and_stays_as_it_was() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let said = bob.sends(&room, "first words").await;
    let to = alice.creates_room("second").await;
    let answer = forwards(&alice, &room, &said, &to).await.expect(201);
    bob.patch(&room.message(&said, ""), json!({"text": "second thoughts"})).await.expect(200);
    bob.delete(&room.message(&said, "")).await.expect(204);
    assert_eq!(sent(&alice, &answer).await["data"]["text"], "first words");
    forwards(&alice, &room, &said, &to).await.expect_problem(409, "message-deleted");

    let keys = "select metadata->>'key_ids' from log.events where position = $1";
    let keys: String = sqlx::query_scalar(keys).bind(answer.position()).fetch_one(&app.pool).await.unwrap();
    assert!(keys.contains(&format!("content/{}/{}/", bob.id, to.0)), "{keys}");
}

#[tokio::test]
async fn forwarding_is_sent_once() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let to = alice.creates_room("second").await;
    let said = alice.sends(&room, "once").await;
    let forward = || {
        let request = alice.request("POST", &room.message(&said, "/forwards")).header("idempotency-key", "once");
        request.json(&json!({"to_room_id": to.0})).send()
    };
    let (first, again) = (forward().await.expect(201), forward().await.expect(201));
    assert_eq!((&first.body, first.header("location")), (&again.body, again.header("location")));
    app.settled().await;
    assert_eq!(alice.reads(&to).await, ["once"]);
}

#[tokio::test]
async fn nobody_forwards_what_they_do_not_see_nor_to_where_they_may_not_send() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let said = alice.sends(&room, "between us").await;
    let (bobs, quiet) = (bob.creates_room("bob's").await, alice.creates_room("quiet").await);
    let square = alice.creates_public_room("square").await;
    let nowhere = Room("01900000-0000-7000-8000-000000000000".parse().unwrap());
    forwards(&eve, &room, &said, &room).await.expect_problem(404, "not-found");
    forwards(&eve, &nowhere, &said, &room).await.expect_problem(404, "not-found");
    forwards(&bob, &bobs, &said, &bobs).await.expect_problem(404, "not-found");
    for to in [&bobs, &nowhere] {
        forwards(&alice, &room, &said, to).await.expect_problem(404, "not-found");
    }
    alice.adds(&room, &bob).await;
    alice.adds(&quiet, &bob).await;
    alice.allows(&quiet, &["view_history"]).await;
    forwards(&bob, &room, &said, &quiet).await.expect_problem(403, "forbidden");
    forwards(&bob, &room, &said, &square).await.expect_problem(403, "not-a-member");
    alice.put(&quiet.path("/archive"), json!({})).await.expect(204);
    forwards(&alice, &room, &said, &quiet).await.expect_problem(409, "archived");
    alice.post(&room.message(&said, "/forwards"), json!({})).await.expect_problem(422, "invalid");

    // Without view_history, what was said before one came is not there.
    alice.allows(&room, &["send_messages"]).await;
    alice.adds(&room, &eve).await;
    let later = alice.sends(&room, "welcome").await;
    let eves = eve.creates_room("eve's").await;
    forwards(&eve, &room, &said, &eves).await.expect_problem(404, "not-found");
    forwards(&eve, &room, &later, &eves).await.expect(201);
}

#[tokio::test]
async fn what_comes_into_a_secret_room_is_as_secret_as_what_was_said_there() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let said = alice.sends(&room, "a canary").await;
    let secret = json!({"type": "secret", "member_ids": [bob.id]});
    let secret = Room(alice.post("/v1/rooms", secret).await.expect(201).id());
    let answer = forwards(&alice, &room, &said, &secret).await.expect(201);
    assert_eq!(sent(&alice, &answer).await["data"]["text"], "a canary");
    assert_eq!(bob.finds("canary").await, Vec::<String>::new(), "search does not reach into it");
    alice.delete(&room.message(&said, "")).await.expect(204);
    app.settled().await;
    let held = "select count(*) from read.message where text is not null";
    assert_eq!(sqlx::query_scalar::<_, i64>(held).fetch_one(&app.pool).await.unwrap(), 0, "no read model holds it");

    let path = answer.header("location").unwrap();
    let receipt = alice.delete(path).await.expect(200);
    let key = format!("message/{}/{}/{}", alice.id, secret.0, answer.id());
    assert_eq!(receipt.body["destroyed"]["key_ids"], json!([key]));
    assert_eq!(bob.get(path).await.expect(200).body["data"], json!({}));
}

#[tokio::test]
async fn what_came_into_a_secret_room_from_somebody_erased_is_not_to_be_read() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    let said = carol.sends(&room, "of carol").await;
    let secret = alice.confides_in(&bob).await;
    forwards(&alice, &room, &said, &secret).await.expect(201);
    alice.sends(&secret, "of alice").await;
    app.settled().await;
    let unread = async || bob.get(&secret.path("")).await.expect(200).body["my"]["unread_count"].clone();
    assert_eq!(unread().await, 2);
    let password = json!({"password": crate::harness::person::PASSWORD});
    carol.request("DELETE", "/v1/users/me").json(&password).send().await.expect(200);
    assert_eq!(unread().await, 1);
}
