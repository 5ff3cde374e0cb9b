//! What a message cannot be, and who may not say it.

use serde_json::json;

use crate::harness::{Room, TestApp};

const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[tokio::test]
async fn what_is_no_message_is_not_sent_and_nothing_becomes_one() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let elsewhere = alice.creates_room("elsewhere").await;
    let (sent, there) = (alice.sends(&room, "hello").await, alice.sends(&elsewhere, "there").await);
    let head = app.head().await;
    for (body, pointer) in [
        (json!({}), "/text"),
        (json!({"text": null}), "/text"),
        (json!({"text": ""}), "/text"),
        (json!({"text": 5}), "/text"),
        (json!({"text": "x".repeat(16_385)}), "/text"),
        (json!({"text": "a\0b"}), "/text"),
        (json!({"text": "x", "reply_to": NOTHING}), "/reply_to"),
        (json!({"text": "x", "reply_to": there.id}), "/reply_to"),
        (json!({"text": "x", "file_ids": [NOTHING]}), "/file_ids/0"),
        (json!({"text": "x", "file_ids": NOTHING}), "/file_ids"),
        (json!({"text": "x", "sent_at": "2020-01-01T00:00:00Z"}), "/sent_at"),
    ] {
        alice.post(&room.path("/messages"), body).await.expect_invalid(pointer);
    }
    let itself = room.message(&sent, "");
    for (body, pointer) in [
        (json!({}), "/text"),
        (json!({"text": null}), "/text"),
        (json!({"text": ""}), "/text"),
        (json!({"text": "x".repeat(16_385)}), "/text"),
        (json!({"text": "x", "reply_to": there.id}), "/reply_to"),
    ] {
        alice.patch(&itself, body).await.expect_invalid(pointer);
    }
    let forwards = room.message(&sent, "/forwards");
    alice.post(&forwards, json!({"to_room_id": "nowhere"})).await.expect_invalid("/to_room_id");
    alice.put(&room.path("/read"), json!({"position": "all"})).await.expect_invalid("/position");
    alice.put(&room.path("/read"), json!({"position": 1.5})).await.expect_invalid("/position");
    alice.put(&room.path("/read"), json!({})).await.expect_invalid("/position");
    assert_eq!(app.head().await, head);
    // Characters are counted, not bytes.
    alice.sends(&room, &"ä".repeat(16_384)).await;
    alice.patch(&itself, json!({"text": "🦀".repeat(16_384)})).await.expect(200);
}

#[tokio::test]
async fn a_message_is_found_in_its_own_room_alone() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let elsewhere = alice.creates_room("elsewhere").await;
    let sent = alice.sends(&room, "hello").await;
    app.settled().await;
    let head = app.head().await;
    for below in ["", "/versions", "/seen"] {
        alice.get(&elsewhere.message(&sent, below)).await.expect_problem(404, "not-found");
    }
    alice.get(&elsewhere.path(&format!("/messages?around={}", sent.id))).await.expect_problem(404, "not-found");
    for (method, below, body) in [
        ("PATCH", "", json!({"text": "x"})),
        ("DELETE", "", json!({})),
        ("POST", "/forwards", json!({"to_room_id": room.0})),
        ("PUT", "/reactions/👍", json!({})),
        ("DELETE", "/reactions/👍", json!({})),
        ("PUT", "/pin", json!({})),
        ("DELETE", "/pin", json!({})),
    ] {
        let answer = alice.request(method, &elsewhere.message(&sent, below)).json(&body).send().await;
        assert_eq!((answer.status, answer.problem()), (404, Some("not-found")), "{method} {below}");
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn who_may_not_send_says_nothing_and_takes_back_what_they_said() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (hers, his) = (alice.sends(&room, "hers").await, bob.sends(&room, "his").await);
    alice.allows(&room, &["view_history"]).await;
    let head = app.head().await;
    bob.post(&room.path("/messages"), json!({"text": "x"})).await.expect_problem(403, "forbidden");
    bob.patch(&room.message(&his, ""), json!({"text": "x"})).await.expect_problem(403, "forbidden");
    bob.patch(&room.message(&hers, ""), json!({"text": "x"})).await.expect_problem(403, "not-the-author");
    bob.delete(&room.message(&hers, "")).await.expect_problem(403, "forbidden");
    bob.post(&room.message(&hers, "/forwards"), json!({"to_room_id": room.0})).await.expect_problem(403, "forbidden");
    bob.put(&room.message(&hers, "/reactions/👍"), json!({})).await.expect_problem(403, "forbidden");
    bob.put(&room.message(&hers, "/pin"), json!({})).await.expect_problem(403, "forbidden");
    assert_eq!(app.head().await, head);
    let deleted = bob.delete(&room.message(&his, "")).await.expect(204);
    let again = bob.delete(&room.message(&his, "")).await.expect(204);
    assert_eq!((again.position(), app.head().await), (deleted.position(), head + 1), "it was gone");
}

#[tokio::test]
async fn nothing_is_forwarded_out_of_a_secret_room() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let secret = json!({"type": "secret", "member_ids": [bob.id]});
    let secret = Room(alice.post("/v1/rooms", secret).await.expect(201).id());
    let said = bob.sends(&secret, "pssst").await;
    let head = app.head().await;
    for (person, to) in [(&alice, &room), (&alice, &secret), (&bob, &secret)] {
        let answer = person.post(&secret.message(&said, "/forwards"), json!({"to_room_id": to.0})).await;
        answer.expect_problem(403, "stays-secret");
    }
    alice.delete(&secret.message(&said, "")).await.expect_problem(403, "forbidden");
    assert_eq!(app.head().await, head);
}
