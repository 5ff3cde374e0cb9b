//! Who is told what: nobody of what they may not see.

use serde_json::json;

use crate::harness::{Setup, TestApp, kinds};

#[tokio::test]
async fn who_is_removed_is_told_so_and_nothing_after_it() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let before = app.head().await;
    app.settled().await;
    let mut listener = bob.listens().await;
    for turn in 0..20 {
        alice.sends(&room, &format!("before {turn}")).await;
    }
    alice.removes(&room, &bob).await;
    let last = alice.sends(&room, "after").await.position;
    let frames = listener.until(last).await;
    let told = kinds(&frames);
    assert_eq!(told.last(), Some(&"membership_removed"), "{told:?}");
    assert_eq!(told.iter().filter(|kind| **kind == "membership_removed").count(), 1);

    // Whoever comes back sees that they were removed, and not what they might have seen then.
    let frames = bob.listens_since(before).await.until(last).await;
    assert_eq!(kinds(&frames), ["membership_removed"]);
}

#[tokio::test]
async fn strangers_are_told_nothing() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let public = alice.creates_public_room("square").await;
    let stranger = app.registers("stranger").await;
    let before = app.head().await;
    let mut listener = stranger.listens().await;
    alice.sends(&room, "among us").await;
    alice.sends(&public, "on the square").await;
    let last = alice.patch("/v1/users/me", json!({"display_name": "Alicia"})).await.expect(200).position().unwrap();
    assert_eq!(kinds(&listener.until(last).await), [""; 0]);
    assert_eq!(kinds(&stranger.listens_since(before).await.until(last).await), [""; 0]);
}

#[tokio::test]
async fn without_view_history_nobody_is_told_of_what_was_said_before_they_came() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.allows(&room, &["send_messages", "react"]).await;
    let old = alice.sends(&room, "long ago").await;
    alice.adds(&room, &bob).await;
    let before = app.head().await;
    let mut listener = bob.listens_since(before).await;
    alice.patch(&room.message(&old, ""), json!({"text": "long, long ago"})).await.expect(200);
    let new = alice.sends(&room, "now").await;
    let frames = listener.until(new.position).await;
    assert_eq!(kinds(&frames), ["message_sent"]);
    assert_eq!(kinds(&bob.listens_since(before).await.until(new.position).await), ["message_sent"]);

    // What the timeline has of it is after their coming.
    alice.put(&room.message(&old, "/pin"), json!({})).await.expect(204);
    for frame in [
        listener.hears_of("message_pinned").await,
        bob.listens_since(new.position).await.hears_of("message_pinned").await,
    ] {
        assert_eq!(frame["data"], json!({"id": old.id}));
        let notice = bob.get(&room.path("/messages")).await.expect(200).items().last().cloned().unwrap();
        assert_eq!(frame["message"]["id"], notice["id"]);
    }

    // Whoever comes to see it fetches anew: no frame tells it.
    alice.allows(&room, &["send_messages", "react", "view_history"]).await;
    let frames = listener.until(app.head().await).await;
    assert_eq!(kinds(&frames), ["room_permissions_changed", "reset"]);
    let frames = bob.listens_since(new.position).await.until(app.head().await).await;
    assert_eq!(kinds(&frames), ["reset"]);
}

#[tokio::test]
async fn a_deleted_message_is_told_without_its_words_however_late() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let before = app.head().await;
    let sent = alice.sends(&room, "regrettable").await;
    alice.delete(&room.message(&sent, "")).await.expect(204);
    let frames = alice.listens_since(before).await.until(app.head().await).await;
    assert_eq!(kinds(&frames), ["message_sent", "message_deleted"]);
    assert!(frames.iter().all(|frame| frame["data"]["data"] == json!({})), "{frames:?}");
}

#[tokio::test]
async fn who_wrote_a_room_and_is_erased_is_fetched_anew() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    bob.sends(&room, "mine").await;
    let mut listener = alice.listens().await;
    let body = json!({"password": crate::harness::person::PASSWORD});
    bob.request("DELETE", "/v1/users/me").json(&body).send().await.expect(200);
    let frames = listener.until(app.head().await).await;
    assert!(kinds(&frames).contains(&"reset"), "{frames:?}");
}

#[tokio::test]
async fn bans_and_invites_are_told_to_whoever_looks_after_them() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let (mut at_alice, mut at_bob) = (alice.listens().await, bob.listens().await);
    alice.put(&room.path(&format!("/bans/{}", carol.id)), json!({"reason": "why not"})).await.expect(204);
    alice.post(&room.path("/invites"), json!({})).await.expect(201);
    assert_eq!(kinds(&at_alice.until(app.head().await).await), ["membership_banned", "invite_created"]);
    assert_eq!(kinds(&at_bob.until(app.head().await).await), [""; 0]);
}

#[tokio::test]
async fn what_another_process_took_away_is_not_told() {
    let setup = Setup::new().await;
    let (one, other) = (setup.spawn().await, setup.spawn_with(&["--roles=query-api"]).await);
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let room = alice.creates_room("general").await;
    alice.adds(&room, &bob).await;
    let mut listener = bob.at(&other.url).listens().await;
    let sent = alice.sends(&room, "hello").await;
    alice.removes(&room, &bob).await;
    let last = alice.sends(&room, "he is gone").await.position;
    let frames = listener.until(last).await;
    assert_eq!(kinds(&frames).last(), Some(&"membership_removed"), "{frames:?}");
    assert!(frames.iter().all(|frame| frame["position"].as_i64() < Some(last)));

    // And whoever was told something by one process goes on at the other.
    let frames = alice.at(&other.url).listens_since(sent.position).await.until(last).await;
    assert_eq!(kinds(&frames), ["membership_removed", "message_sent"]);
}
