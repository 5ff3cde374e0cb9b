//! Who was removed is a stranger.

use serde_json::Value;

use crate::harness::{Answer, Room, TestApp};

fn without_request_id(answer: Answer) -> Value {
    let mut body = answer.expect_problem(404, "not-found").body;
    body["request_id"].take();
    body
}

#[tokio::test]
async fn who_was_removed_is_answered_as_if_the_room_had_never_been() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    let sent = alice.sends(&room, "for members").await;
    app.settled().await;
    assert_eq!(bob.reads(&room).await, ["for members"]);
    alice.removes(&room, &bob).await;
    carol.leaves(&room).await;
    app.settled().await;

    let nowhere = Room("01900000-0000-7000-8000-000000000000".parse().unwrap());
    let message = format!("/messages/{}", sent.id);
    let below = [
        String::new(),
        "/members".to_owned(),
        "/messages".to_owned(),
        format!("/messages?around={}", sent.id),
        message.clone(),
        format!("{message}/versions"),
        format!("{message}/seen"),
        format!("/members/{}", alice.id),
        format!("/members/{}/permissions", alice.id),
        "/membership".to_owned(),
        "/bans".to_owned(),
        "/invites".to_owned(),
        "/roles/01900000-0000-7000-8000-000000000001".to_owned(),
    ];
    for below in below {
        let not_there = without_request_id(bob.get(&nowhere.path(&below)).await);
        for former in [&bob, &carol] {
            assert_eq!(without_request_id(former.get(&room.path(&below)).await), not_there, "{below}");
        }
    }
    for former in [&bob, &carol] {
        assert!(former.get("/v1/rooms").await.expect(200).items().is_empty());
    }
}

#[tokio::test]
async fn a_public_room_is_found_and_joined_before_it_is_read() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let room = alice.creates_public_room("Engine room").await;
    alice.sends(&room, "for members").await;
    let bob = app.registers("bob").await;
    app.settled().await;
    let found = bob.get("/v1/rooms/public?q=engine").await.expect(200);
    assert_eq!(found.items()[0]["id"], room.0.to_string());
    assert!(!found.text.contains("for members") && found.items()[0]["my"].is_null());
    bob.get(&room.path("")).await.expect(200);
    bob.get(&room.path("/messages")).await.expect_problem(403, "not-a-member");
    bob.get(&room.path("/members")).await.expect_problem(403, "not-a-member");
    bob.put(&room.path("/members/me"), serde_json::json!({})).await;
    assert_eq!(bob.reads(&room).await, ["for members"]);

    // Hidden again, it is nothing to strangers at once.
    let carol = app.registers("carol").await;
    alice.patch(&room.path(""), serde_json::json!({"visibility": "private"})).await.expect(200);
    let asked = carol.request("GET", "/v1/rooms/public").send().await.expect(200);
    assert!(asked.items().is_empty());
    carol.request("GET", &room.path("")).send().await.expect_problem(404, "not-found");
}
