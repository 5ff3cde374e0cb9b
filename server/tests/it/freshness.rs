//! A right that was taken away is gone with the answer, however far the read models are.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Person, TestApp};

#[tokio::test]
async fn nobody_reads_on_after_their_removal_was_answered() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let mut read = 0;
    for round in 0..10 {
        alice.adds(&room, &bob).await;
        app.settled().await;
        let (removed, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let remove = async {
            alice.sends(&room, "for both").await;
            alice.removes(&room, &bob).await;
            removed.store(true, Ordering::SeqCst);
            alice.sends(&room, &format!("not for bob, {round}")).await;
            app.settled().await;
            over.store(true, Ordering::SeqCst);
        };
        let listen = async {
            let mut answered = 0;
            while !over.load(Ordering::SeqCst) {
                let was_removed = removed.load(Ordering::SeqCst);
                let answer = bob.request("GET", &room.path("/messages")).send().await;
                assert!(!answer.text.contains(&format!("not for bob, {round}")), "{}", answer.text);
                match answer.status {
                    200 => assert!(!was_removed, "answered after the removal was"),
                    404 | 503 => {}
                    status => panic!("{status}: {}", answer.text),
                }
                answered += i32::from(answer.status == 200);
            }
            answered
        };
        let ((), answered) = tokio::join!(remove, listen);
        read += answered;
    }
    assert!(read > 0, "bob never read anything: this tests nothing");
}

#[tokio::test]
async fn a_session_that_ended_is_dead_at_once() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    for _ in 0..10 {
        let phone = Person::signs_in(&app.url, &alice.email, crate::harness::person::PASSWORD).await;
        phone.get("/v1/users/me").await.expect(200);
        let current = alice.get("/v1/sessions").await.expect(200);
        assert_eq!(current.items().iter().filter(|session| session["current"] == json!(true)).count(), 1);
        phone.delete("/v1/sessions/current").await.expect(204);
        phone.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
    }
}

#[tokio::test]
async fn a_deleted_message_is_shown_to_nobody_after_the_answer() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    for _ in 0..10 {
        let sent = alice.sends(&room, "regrettable").await;
        let path = room.path(&format!("/messages/{}", sent.id));
        alice.delete(&path).await.expect(204);
        for path in [room.path("/messages?limit=1"), room.path(""), path.clone(), format!("{path}/versions")] {
            let answer = bob.request("GET", &path).send().await;
            assert!(!answer.text.contains("regrettable"), "{path}: {}", answer.text);
        }
    }
}
