//! Pins.

use serde_json::{Value, json};

use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room, Setup, TestApp};

/// The texts of what is pinned in a room.
async fn pinned(person: &Person, room: &Room) -> Vec<Value> {
    let page = person.get(&room.path("/messages?pinned=true")).await.expect(200);
    page.items().iter().map(|message| message["data"]["text"].clone()).collect()
}

#[tokio::test]
async fn a_message_is_pinned_and_unpinned_and_listed_meanwhile() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (one, two) = (bob.sends(&room, "one").await, bob.sends(&room, "two").await);
    alice.sends(&room, "three").await;
    let pin = |sent| room.message(sent, "/pin");
    bob.put(&pin(&one), json!({})).await.expect_problem(403, "forbidden");
    bob.delete(&pin(&one)).await.expect_problem(403, "forbidden");

    alice.put(&pin(&two), json!({})).await.expect(204);
    let last = alice.put(&pin(&one), json!({})).await.expect(204);
    assert_eq!(alice.put(&pin(&one), json!({})).await.expect(204).position(), last.position());
    assert_eq!(pinned(&alice, &room).await, ["one", "two"], "in the order of the room");
    let message = alice.get(&room.message(&one, "")).await.expect(200);
    assert_eq!((&message.body["pinned"], message.header("etag")), (&json!(true), Some("\"v2\"")));

    let stale = alice.request("DELETE", &pin(&one)).header("if-match", "\"v1\"");
    stale.send().await.expect_problem(412, "version-mismatch");
    alice.delete(&pin(&one)).await.expect(204);
    alice.delete(&pin(&one)).await.expect(204);
    assert_eq!(pinned(&alice, &room).await, ["two"]);
    assert_eq!(alice.get(&room.message(&one, "")).await.expect(200).body["pinned"], false);
}

#[tokio::test]
async fn what_is_deleted_is_not_pinned_and_an_archived_room_keeps_its_pins() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (one, two) = (alice.sends(&room, "one").await, alice.sends(&room, "two").await);
    let pin = |sent| room.message(sent, "/pin");
    alice.put(&pin(&one), json!({})).await.expect(204);
    alice.put(&pin(&two), json!({})).await.expect(204);
    alice.patch(&room.message(&two, ""), json!({"text": "two and a half"})).await.expect(200);
    alice.delete(&room.message(&one, "")).await.expect(204);
    assert_eq!(pinned(&alice, &room).await, ["two and a half"]);
    alice.put(&pin(&one), json!({})).await.expect_problem(409, "message-deleted");
    alice.delete(&pin(&one)).await.expect_problem(409, "message-deleted");

    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.delete(&pin(&two)).await.expect_problem(409, "archived");
    assert_eq!(pinned(&alice, &room).await, ["two and a half"]);
}

#[tokio::test]
async fn what_somebody_said_who_is_erased_is_not_pinned_any_more() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (theirs, own) = (bob.sends(&room, "of bob").await, alice.sends(&room, "of alice").await);
    for sent in [&theirs, &own] {
        alice.put(&room.message(sent, "/pin"), json!({})).await.expect(204);
    }
    bob.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD})).send().await.expect(200);
    app.settled().await;
    let pinned = alice.get(&room.path("/messages?pinned=true")).await.expect(200);
    let ids: Vec<_> = pinned.items().iter().map(|message| &message["id"]).collect();
    assert_eq!(ids, [&json!(own.id)]);
}

/// What was deleted is not shown from its answer on, and a page that is shorter for it says how to go on.
#[tokio::test]
async fn pages_of_pins_go_on_past_those_that_read_models_do_not_know_to_be_deleted() {
    let setup = Setup::without_nats().await;
    let all = setup.spawn().await;
    let alice = all.registers("alice").await;
    let room = alice.creates_room("general").await;
    let mut sent = vec![];
    for text in ["one", "two", "three"] {
        let message = alice.sends(&room, text).await;
        alice.put(&room.message(&message, "/pin"), json!({})).await.expect(204);
        sent.push(message);
    }
    assert_eq!(pinned(&alice, &room).await, ["one", "two", "three"]);
    drop(all);

    let edges = setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let alice = alice.at(&edges.url);
    for message in &sent[1..] {
        alice.delete(&room.message(message, "")).await.expect(204);
    }
    let page = async |cursor: &str| {
        let path = room.path(&format!("/messages?pinned=true&limit=2{cursor}"));
        alice.request("GET", &path).send().await.expect(200)
    };
    let newest = page("").await;
    assert_eq!((newest.items().len(), &newest.body["after"]), (0, &Value::Null));
    let before = page(&format!("&before={}", newest.body["before"].as_str().unwrap())).await;
    assert_eq!(before.items()[0]["data"]["text"], "one");
    assert_eq!((before.items().len(), &before.body["before"]), (1, &Value::Null));
}
