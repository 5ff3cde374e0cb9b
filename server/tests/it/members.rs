//! Who is in a room, and what that lets them do and see.

use serde_json::json;

use crate::erasures::erases;
use crate::harness::{Person, Room, TestApp};

#[tokio::test]
async fn anybody_joins_a_public_room_and_only_that() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let bob = app.registers("bob").await;
    let (public, private) = (alice.creates_public_room("square").await, alice.creates_room("parlour").await);
    bob.put(&private.path("/members/me"), json!({})).await.expect_problem(404, "not-found");
    bob.post(&public.path("/messages"), json!({"text": "hello"})).await.expect_problem(403, "not-a-member");
    let itself = public.path(&format!("/members/{}", bob.id));
    bob.put(&itself, json!({})).await.expect_problem(403, "not-a-member");

    let joined = bob.put(&public.path("/members/me"), json!({})).await.expect(201);
    assert_eq!((joined.header("location"), &joined.body["user_id"]), (Some(&*itself), &json!(bob.id)));
    assert_eq!(bob.put(&public.path("/members/me"), json!({})).await.expect(200).position(), joined.position());
    bob.sends(&public, "hello").await;
    assert_eq!(members(&bob, &public).await, ["alice", "bob"]);
}

#[tokio::test]
async fn who_is_removed_sees_and_does_nothing_any_more() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let sent = bob.sends(&room, "hello").await;
    assert_eq!(members(&bob, &room).await, ["alice", "bob"]);
    bob.delete(&room.path(&format!("/members/{}", alice.id))).await.expect_problem(403, "forbidden");

    alice.removes(&room, &bob).await;
    for below in ["", "/messages", "/members", &format!("/messages/{}", sent.id)] {
        bob.request("GET", &room.path(below)).send().await.expect_problem(404, "not-found");
    }
    bob.post(&room.path("/messages"), json!({"text": "still here"})).await.expect_problem(404, "not-found");
    bob.put(&room.path("/read"), json!({"position": 1})).await.expect_problem(404, "not-found");
    assert_eq!(members(&alice, &room).await, ["alice"]);

    alice.adds(&room, &bob).await;
    bob.sends(&room, "back").await;
    bob.leaves(&room).await;
    bob.delete(&room.path("/members/me")).await.expect_problem(404, "not-found");
    assert!(bob.get("/v1/rooms").await.expect(200).items().is_empty());
}

#[tokio::test]
async fn who_is_erased_stays_where_they_were_until_they_are_removed() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let roles = [alice.defines(&room, "Helper", 1, &[]).await, alice.defines(&room, "Keeper", 2, &[]).await];
    alice.gives(&room, &bob, &roles).await.expect(201);
    erases(&bob).await.expect(200);
    let head = app.head().await;
    // Neither given a role nor rid of one, nor told to have those that he has.
    for wanted in [&roles[..], &roles[..1], &[]] {
        alice.gives(&room, &bob, wanted).await.expect_problem(404, "not-found");
    }
    alice.put(&room.path(&format!("/members/{}", bob.id)), json!({})).await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head);
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["member_count"], 2);
    alice.removes(&room, &bob).await;
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["member_count"], 1);
    alice.delete(&room.path(&format!("/members/{}", bob.id))).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_permission_that_is_taken_is_gone_at_once() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    alice.adds(&room, &bob).await;
    let path = room.path(&format!("/members/{}", eve.id));
    bob.put(&path, json!({})).await.expect_problem(403, "forbidden");
    let permissions = |names: &[&str]| json!({"permissions": names});
    alice.patch(&room.path(""), permissions(&["invite_members"])).await.expect(200);
    bob.put(&path, json!({})).await.expect(201);
    bob.post(&room.path("/messages"), json!({"text": "hello"})).await.expect_problem(403, "forbidden");
    alice.patch(&room.path(""), permissions(&[])).await.expect(200);
    bob.put(&path, json!({})).await.expect_problem(403, "forbidden");
}

/// Names of the members, in the order of their joining.
async fn members(person: &Person, room: &Room) -> Vec<String> {
    let page = person.get(&room.path("/members")).await.expect(200);
    page.items().iter().map(|member| member["display_name"].as_str().unwrap_or("nobody").to_owned()).collect()
}
