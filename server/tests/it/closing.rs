//! Rooms that are gone for everyone.

use serde_json::{Value, json};

use crate::harness::{Answer, Person, Room, TestApp};

fn without_request_id(answer: Answer) -> Value {
    let mut body = answer.expect_problem(404, "not-found").body;
    body["request_id"].take();
    body
}

/// What queries and commands answer about a room, in turn.
async fn asked(person: &Person, room: &Room, message: &str, other: &Person) -> Vec<Value> {
    let mut answers = vec![];
    for below in ["", "/members", "/messages", "/membership", "/bans", "/invites", message] {
        answers.push(without_request_id(person.request("GET", &room.path(below)).send().await));
    }
    answers.push(without_request_id(person.post(&room.path("/messages"), json!({"text": "hello"})).await));
    answers.push(without_request_id(person.patch(&room.path(""), json!({"name": "x"})).await));
    answers.push(without_request_id(person.put(&room.path("/archive"), json!({})).await));
    answers.push(without_request_id(person.post(&room.path("/roles"), json!({"name": "x", "rank": 1})).await));
    answers.push(without_request_id(person.put(&room.path("/ownership"), json!({"user_id": other.id})).await));
    answers.push(without_request_id(person.gives(room, other, &[]).await));
    answers.push(without_request_id(person.bans(room, other, json!({})).await));
    answers.push(without_request_id(person.unbans(room, other).await));
    answers.push(without_request_id(person.post(&room.path("/invites"), json!({})).await));
    answers.push(without_request_id(person.patch(&room.path("/membership"), json!({"is_muted": true})).await));
    answers.push(without_request_id(person.joins(room).await));
    answers.push(without_request_id(person.delete(&room.path("/members/me")).await));
    answers.push(without_request_id(person.delete(&room.path(message)).await));
    answers.push(without_request_id(person.put(&room.path("/read"), json!({"position": 1})).await));
    answers.push(without_request_id(person.delete(&room.path("")).await));
    answers
}

#[tokio::test]
async fn an_owner_closes_a_room_for_everyone() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let room = alice.creates_public_room("square").await;
    let kept = alice.creates_public_room("kept").await;
    bob.joins(&room).await.expect(201);
    let message = format!("/messages/{}", bob.sends(&room, "hello").await.id);
    let code = alice.invites(&room, json!({})).await;
    bob.delete(&room.path("")).await.expect_problem(403, "not-the-owner");
    eve.delete(&room.path("")).await.expect_problem(403, "not-a-member");
    let stale = alice.request("DELETE", &room.path("")).header("if-match", "\"v7\"");
    stale.send().await.expect_problem(412, "version-mismatch");
    app.settled().await;

    alice.delete(&room.path("")).await.expect(204);
    let nowhere = Room("01900000-0000-7000-8000-000000000000".parse().unwrap());
    for person in [&alice, &bob, &eve] {
        assert_eq!(
            asked(person, &room, &message, &eve).await,
            asked(person, &nowhere, &message, &eve).await,
            "as if it had never been"
        );
        person.accepts(&code).await.expect_problem(404, "not-found");
    }
    let listed = async |person: &Person, path: &str| {
        let rooms = person.request("GET", path).send().await.expect(200);
        rooms.items().iter().map(|room| room["id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(listed(&alice, "/v1/rooms").await, [json!(kept.0)]);
    assert!(listed(&bob, "/v1/rooms").await.is_empty());
    assert_eq!(listed(&eve, "/v1/rooms/public").await, [json!(kept.0)]);
    let again = json!({"type": "group", "name": "again", "id": room.0});
    bob.post("/v1/rooms", again).await.expect_problem(409, "id-taken");
}

#[tokio::test]
async fn an_admin_of_the_instance_closes_rooms_without_being_in_them() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    let admin = app.registers("root").await;
    admin.delete(&room.path("")).await.expect_problem(404, "not-found");
    let granted = app.setup.command(["admin", "grant-role", &admin.email, "admin"]).await;
    assert!(granted.status.success(), "{granted:?}");
    admin.get(&room.path("")).await.expect_problem(404, "not-found");
    admin.delete(&room.path("")).await.expect(204);
    admin.delete(&room.path("")).await.expect_problem(404, "not-found");
    alice.get(&room.path("")).await.expect_problem(404, "not-found");
    assert!(alice.get("/v1/rooms").await.expect(200).items().is_empty());
    admin.delete("/v1/rooms/01900000-0000-7000-8000-000000000000").await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_page_of_rooms_is_full_though_others_are_gone() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let mut rooms = vec![];
    for number in 0..6 {
        rooms.push(alice.creates_room(&format!("room {number}")).await);
    }
    for gone in [1, 2, 4] {
        alice.delete(&rooms[gone].path("")).await.expect(204);
    }
    let page = alice.get("/v1/rooms?limit=2").await.expect(200);
    let ids = |page: &Answer| page.items().iter().map(|room| room["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&page), [json!(rooms[5].0), json!(rooms[3].0)]);
    let next = format!("/v1/rooms?limit=2&after={}", page.body["after"].as_str().unwrap());
    assert_eq!(ids(&alice.get(&next).await.expect(200)), [json!(rooms[0].0)]);
}
