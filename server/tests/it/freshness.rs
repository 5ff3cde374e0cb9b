//! A right that was taken away is gone with the answer, however far the read models are.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::harness::{Person, Room, Setup, TestApp};

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

/// A room where something was said, and pinned, before Bob came; and the paths by which he sees it.
async fn with_a_past(alice: &Person, bob: &Person, word: &str) -> (Room, Vec<String>) {
    let room = alice.creates_room(word).await;
    let sent = alice.sends(&room, &format!("{word} was said before")).await;
    alice.put(&room.message(&sent, "/pin"), json!({})).await.expect(204);
    alice.adds(&room, bob).await;
    let message = room.message(&sent, "");
    let paths = vec![
        format!("/v1/search?q={word}%20before"),
        "/v1/rooms".to_owned(),
        room.path(""),
        room.path("/messages"),
        room.path("/messages?pinned=true"),
        room.path(&format!("/messages?around={}", sent.id)),
        format!("{message}/versions"),
        message,
    ];
    (room, paths)
}

/// Nobody projects, so that the read models are where they were before the answer, for as long as anybody asks.
#[tokio::test]
async fn history_is_hidden_with_the_answer_that_takes_view_history_away() {
    let setup = Setup::without_nats().await;
    let all = setup.spawn().await;
    let (alice, bob) = (all.registers("alice").await, all.registers("bob").await);
    let (by_default, defaults) = with_a_past(&alice, &bob, "plum").await;
    let (by_role, roles) = with_a_past(&alice, &bob, "pear").await;
    let blind = json!({"name": "Blind", "rank": 1, "permissions": {"deny": ["view_history"]}});
    let blind = alice.post(&by_role.path("/roles"), blind).await.expect(201);
    bob.request("GET", "/v1/rooms")
        .header("min-event-position", blind.position().unwrap().to_string())
        .patiently()
        .await;
    for (word, paths) in [("plum", &defaults), ("pear", &roles)] {
        for path in paths {
            let shown = bob.get(path).await.expect(200).text;
            assert!(shown.contains(&format!("{word} was said before")), "{path}: {shown}");
        }
    }
    drop(all);

    let edges = setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let (alice, bob) = (alice.at(&edges.url), bob.at(&edges.url));
    let hides = async |word: &str, paths: &[String]| {
        for path in paths {
            let answer = bob.request("GET", path).send().await;
            assert!(matches!(answer.status, 200 | 404 | 503), "{path}: {}", answer.text);
            assert!(!answer.text.contains(&format!("{word} was said")), "{path}: {}", answer.text);
        }
    };
    alice.allows(&by_default, &["send_messages"]).await;
    hides("plum", &defaults).await;
    let role = alice.gives(&by_role, &bob, &[blind.id()]).await.expect(200).position().unwrap();
    hides("pear", &roles).await;

    // Nor is it shown by read models that know of it.
    let _projector = setup.spawn_with(&["--roles=projector"]).await;
    let asks = |path: &str| bob.request("GET", path).header("min-event-position", role.to_string()).patiently();
    asks("/v1/rooms").await.expect(200);
    for (word, paths) in [("plum", &defaults), ("pear", &roles)] {
        hides(word, paths).await;
        for path in &paths[..5] {
            asks(path).await.expect(200);
        }
        for path in &paths[5..] {
            asks(path).await.expect_problem(404, "not-found");
        }
    }
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
