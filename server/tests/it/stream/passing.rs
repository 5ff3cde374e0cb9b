//! What is said in passing: who writes, who is there. Nothing of it is stored.

use serde_json::{Value, json};

use crate::harness::{Listener, Person, Setup, TestApp, kinds};

/// What somebody who watches is told next of somebody.
async fn state(listener: &mut Listener, of: &Person) -> Value {
    let frame = listener.hears_of("presence").await;
    assert_eq!(frame["data"]["user_id"], json!(of.id));
    assert_eq!(frame.get("position"), None);
    frame["data"]["state"].clone()
}

#[tokio::test]
async fn who_writes_is_told_to_the_others_in_the_room() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, stranger) = (app.registers("bob").await, app.registers("stranger").await);
    alice.adds(&room, &bob).await;
    let before = app.head().await;
    let (mut at_alice, mut at_bob, mut at_stranger) =
        (alice.listens().await, bob.listens().await, stranger.listens().await);
    let typing = json!({"type": "typing", "room_id": room.0});
    at_stranger.says(typing.clone()).await;
    assert!(at_stranger.until(before).await.is_empty());
    at_alice.says(typing.clone()).await;
    at_alice.says(typing).await; // too soon to be told again
    let heard = at_bob.hears().await;
    assert_eq!(heard, json!({"type": "typing", "room_id": room.0, "data": {"user_id": alice.id}}));
    for listener in [&mut at_alice, &mut at_bob, &mut at_stranger] {
        assert!(listener.until(before).await.is_empty());
    }
    assert_eq!(app.head().await, before, "nothing of it is stored");
}

#[tokio::test]
async fn who_may_not_write_is_not_heard_writing() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (mut at_alice, mut at_bob, mut again) = (alice.listens().await, bob.listens().await, bob.listens().await);
    let typing = json!({"type": "typing", "room_id": room.0});
    alice.allows(&room, &["view_history", "react"]).await;
    let muted = app.head().await;
    at_bob.until(muted).await;
    at_bob.says(typing.clone()).await;
    assert!(at_bob.until(muted).await.is_empty());
    alice.allows(&room, &["view_history", "send_messages"]).await;
    again.until(app.head().await).await;
    again.says(typing).await;
    // Frames in their order: nothing was told between the two changes.
    for kind in ["room_permissions_changed", "room_permissions_changed", "typing"] {
        at_alice.hears_of(kind).await;
    }
}

#[tokio::test]
async fn who_is_there_is_told_to_whoever_watches_and_shares_a_room() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, stranger) = (app.registers("bob").await, app.registers("stranger").await);
    alice.adds(&room, &bob).await;
    let watch = json!({"type": "watch", "user_ids": [alice.id]});
    let (mut at_bob, mut at_stranger) = (bob.listens().await, stranger.listens().await);
    let mut not_asking = bob.listens().await;
    at_stranger.says(watch.clone()).await;
    at_bob.says(watch).await;
    assert_eq!(state(&mut at_bob, &alice).await, "offline");

    let mut at_alice = alice.listens().await;
    assert_eq!(state(&mut at_bob, &alice).await, "online");
    let elsewhere = alice.listens().await;
    at_alice.says(json!({"type": "presence", "state": "away"})).await;
    drop(elsewhere);
    assert_eq!(state(&mut at_bob, &alice).await, "away");
    at_alice.says(json!({"type": "presence", "state": "online"})).await;
    assert_eq!(state(&mut at_bob, &alice).await, "online");

    alice.put("/v1/users/me/settings", json!({"presence": "hidden"})).await.expect(204);
    assert_eq!(state(&mut at_bob, &alice).await, "offline");
    alice.put("/v1/users/me/settings", json!({})).await.expect(204);
    assert_eq!(state(&mut at_bob, &alice).await, "online");
    drop(at_alice);
    assert_eq!(state(&mut at_bob, &alice).await, "offline");

    // Whoever does not share a room any more is told nothing.
    alice.removes(&room, &bob).await;
    at_bob.hears_of("membership_removed").await;
    let mut at_alice = alice.listens().await;
    let head = app.head().await;
    assert!(at_alice.until(head).await.is_empty());
    for listener in [&mut at_bob, &mut at_stranger] {
        assert!(listener.until(head).await.is_empty());
    }
    assert_eq!(kinds(&not_asking.until(head).await), ["membership_removed"]);
}

#[tokio::test]
async fn who_is_blocked_is_not_heard_writing_and_neither_sees_the_other() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let dialog = alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(201).id();
    let secret = alice.confides_in(&bob).await;
    let mut at_alice = alice.listens().await;
    let (mut at_bob, mut writing, mut whispering) = (bob.listens().await, bob.listens().await, bob.listens().await);
    let mut in_the_group = bob.listens().await;
    for (listener, other) in [(&mut at_alice, &bob), (&mut at_bob, &alice)] {
        listener.says(json!({"type": "watch", "user_ids": [other.id]})).await;
        assert_eq!(state(listener, other).await, "online");
    }
    let block = format!("/v1/users/me/blocks/{}", bob.id);
    let typing = |room| json!({"type": "typing", "room_id": room});

    alice.put(&block, json!({})).await.expect(204);
    at_alice.hears_of("user_blocked").await;
    assert_eq!(state(&mut at_alice, &bob).await, "offline");
    assert_eq!(state(&mut at_bob, &alice).await, "offline");
    let head = app.head().await;
    for (listener, room) in [(&mut writing, dialog), (&mut whispering, secret.0)] {
        listener.says(typing(room)).await;
        listener.until(head).await;
    }
    // Who blocks may write; the hub heard of the others before.
    at_alice.says(typing(dialog)).await;
    assert_eq!(at_bob.hears_of("typing").await["data"]["user_id"], json!(alice.id));
    assert!(at_alice.until(head).await.is_empty());

    alice.delete(&block).await.expect(204);
    at_alice.hears_of("user_unblocked").await;
    assert_eq!(state(&mut at_alice, &bob).await, "online");
    assert_eq!(state(&mut at_bob, &alice).await, "online");
    at_bob.says(typing(dialog)).await;
    assert_eq!(at_alice.hears_of("typing").await["data"]["user_id"], json!(bob.id));

    // In a group they are as ever.
    let group = alice.creates_room("general").await;
    alice.adds(&group, &bob).await;
    alice.put(&block, json!({})).await.expect(204);
    for listener in [&mut at_alice, &mut at_bob] {
        let mut frame = listener.hears().await;
        while frame["type"] != "presence" {
            frame = listener.hears().await;
        }
        assert_eq!(frame["data"]["state"], "online");
    }
    in_the_group.says(typing(group.0)).await;
    assert_eq!(at_alice.hears_of("typing").await["room_id"], json!(group.0));
}

#[tokio::test]
async fn two_processes_tell_each_other() {
    let setup = Setup::new().await;
    let (one, other) = (setup.spawn().await, setup.spawn_with(&["--roles=query-api"]).await);
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let room = alice.creates_room("general").await;
    alice.adds(&room, &bob).await;
    let mut at_bob = bob.at(&other.url).listens().await;
    at_bob.says(json!({"type": "watch", "user_ids": [alice.id]})).await;
    assert_eq!(state(&mut at_bob, &alice).await, "offline");
    let mut at_alice = alice.listens().await;
    assert_eq!(state(&mut at_bob, &alice).await, "online");
    at_alice.says(json!({"type": "typing", "room_id": room.0})).await;
    assert_eq!(at_bob.hears_of("typing").await["data"]["user_id"], json!(alice.id));
    drop(at_alice);
    assert_eq!(state(&mut at_bob, &alice).await, "offline");
}

#[tokio::test]
async fn nobody_watches_a_crowd() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let mut listener = alice.listens().await;
    listener.says(json!({"type": "watch", "user_ids": vec![alice.id; 201]})).await;
    assert_eq!(listener.ends().await.0, Some(4000));
}
