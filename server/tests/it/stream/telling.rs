//! What frames say.

use serde_json::json;
use tokio::time::Instant;

use super::for_nobody;
use crate::harness::{Setup, TestApp, kinds};

#[tokio::test]
async fn a_message_is_told_as_it_would_be_fetched() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (mut at_alice, mut at_bob) = (alice.listens().await, bob.listens().await);
    assert!(at_bob.ready <= app.head().await);

    let sent = alice.sends(&room, "hello").await;
    app.settled().await;
    let fetched = bob.get(&room.message(&sent, "")).await.expect(200).body;
    let frame = at_bob.hears_of("message_sent").await;
    let expected = json!({
        "type": "message_sent", "position": sent.position, "prev_position": at_bob.ready, "room_id": room.0,
        "as_of": frame["as_of"], "data": for_nobody(fetched),
    });
    assert_eq!(frame, expected);
    assert_eq!(at_alice.hears_of("message_sent").await["data"], frame["data"]);

    bob.put(&room.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    let frame = at_bob.hears_of("reaction_added").await;
    assert_eq!(frame["prev_position"], sent.position);
    assert_eq!(frame["data"]["reactions"], json!([{"emoji": "👍", "count": 1}]));
    assert_eq!(frame["reaction"], json!({"user_id": bob.id, "emoji": ["👍"]}));
}

#[tokio::test]
async fn each_client_can_tell_whether_it_missed_something() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, other) = app.member_of_a_room("bob").await;
    alice.adds(&room, &bob).await;
    let mut listener = bob.listens().await;
    let mut last = 0;
    for turn in 0..5 {
        alice.sends(&room, "here").await;
        last = bob.sends(&other, &format!("there {turn}")).await.position;
    }
    let frames = listener.until(last).await;
    assert_eq!(kinds(&frames), ["message_sent"; 10]);
    let mut previous = listener.ready;
    for frame in frames {
        assert_eq!(frame["prev_position"], previous, "{frame}");
        previous = frame["position"].as_i64().unwrap();
    }
}

#[tokio::test]
async fn who_comes_and_goes_is_told_with_the_room_and_its_notice() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let (mut at_alice, mut at_bob) = (alice.listens().await, bob.listens().await);
    alice.adds(&room, &bob).await;
    let member = alice.get(&room.path(&format!("/members/{}", bob.id))).await.expect(200).body;
    let shown = for_nobody(alice.get(&room.path("")).await.expect(200).body);
    for listener in [&mut at_alice, &mut at_bob] {
        let frame = listener.hears_of("membership_added").await;
        assert_eq!((&frame["data"], &frame["room"]), (&member, &shown));
        assert_eq!(frame["message"]["type"], "user_joined");
    }
    bob.leaves(&room).await;
    let left = at_alice.hears_of("membership_left").await;
    assert_eq!((&left["room"]["member_count"], &left["message"]["type"]), (&json!(1), &json!("user_left")));
    let gone = at_bob.hears_of("membership_left").await;
    assert_eq!((&gone["data"], &gone["room"]), (&json!({"user_id": bob.id}), &json!(null)));
}

#[tokio::test]
async fn reading_is_told_to_the_reader_and_whose_messages_were_read() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    alice.adds(&room, &carol).await;
    let sent = alice.sends(&room, "read me").await;
    app.settled().await;
    let mut listeners = [alice.listens().await, bob.listens().await, carol.listens().await];
    let read = bob.put(&room.path("/read"), json!({"position": sent.position})).await.expect(204);
    let position = read.position().unwrap();
    for (listener, told) in listeners.iter_mut().zip([true, true, false]) {
        let frames = listener.until(position).await;
        assert_eq!(kinds(&frames), if told { vec!["read"] } else { vec![] });
        if told {
            let data = json!({"user_id": bob.id, "display_name": "bob", "read_position": sent.position});
            assert_eq!((&frames[0]["data"], &frames[0]["steps"]), (&data, &json!([[position, 0, sent.position]])));
        }
    }
}

#[tokio::test]
async fn who_reads_on_and_on_is_told_of_now_and_then_and_at_last() {
    let app = Setup::without_nats().await.flag("--stream-reads-every=1s").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let mut sent = vec![];
    for turn in 0..10 {
        sent.push(alice.sends(&room, &format!("{turn}")).await.position);
    }
    app.settled().await;
    let (mut at_alice, begun) = (alice.listens().await, Instant::now());
    let mut reads = vec![];
    for position in &sent {
        let read = bob.put(&room.path("/read"), json!({"position": position})).await.expect(204);
        reads.push(read.position().unwrap());
    }
    let later = alice.sends(&room, "later").await.position;
    let seconds = usize::try_from(begun.elapsed().as_secs()).unwrap();
    let mut frames = at_alice.until(later).await;
    let mut previous = at_alice.ready;
    for frame in &frames {
        assert_eq!(frame["prev_position"], previous, "{frame}");
        previous = frame["position"].as_i64().unwrap();
    }
    frames.retain(|frame| frame["type"] == "read");
    assert!((2..=2 + seconds).contains(&frames.len()), "{} in {seconds} s", frames.len());
    let steps: Vec<_> = frames.iter().flat_map(|frame| frame["steps"].as_array().unwrap().clone()).collect();
    let from = std::iter::once(&0).chain(&sent);
    let expected: Vec<_> = reads.iter().zip(from.zip(&sent)).map(|(at, (from, to))| json!([at, from, to])).collect();
    assert_eq!(steps, expected);
    assert_eq!(frames.last().unwrap()["data"]["read_position"], sent[9]);

    // Whoever was cut off before that is told when they come back.
    let frames = alice.listens_since(later).await.until(later).await;
    assert_eq!((kinds(&frames), &frames[0]["position"]), (vec!["read"], &json!(later)));
    assert_eq!(frames[0]["steps"], json!(expected));
}

#[tokio::test]
async fn what_is_ones_own_is_told_to_all_of_ones_streams_and_nobody_else() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (mut one, mut other, mut at_bob) = (alice.listens().await, alice.listens().await, bob.listens().await);
    alice.put("/v1/users/me/settings", json!({"theme": "dark"})).await.expect(204);
    alice.patch(&room.path("/membership"), json!({"is_muted": true})).await.expect(200);
    alice.put(&format!("/v1/users/me/blocks/{}", bob.id), json!({})).await.expect(204);
    alice.patch("/v1/users/me", json!({"display_name": "Alicia"})).await.expect(200);
    app.settled().await;
    let me = alice.get("/v1/users/me").await.expect(200).body;
    for listener in [&mut one, &mut other] {
        assert_eq!(listener.hears_of("settings_updated").await["data"], json!({"theme": "dark"}));
        assert_eq!(listener.hears_of("membership_muted").await["data"]["is_muted"], true);
        assert_eq!(listener.hears_of("user_blocked").await["data"]["user_id"], json!(bob.id));
        assert_eq!(listener.hears_of("user_renamed").await["data"], me);
    }
    let frames = at_bob.until(app.head().await).await;
    let alicia = bob.get(&format!("/v1/users/{}", alice.id)).await.expect(200).body;
    assert_eq!((kinds(&frames), &frames[0]["data"]), (vec!["user_renamed"], &alicia));
}

#[tokio::test]
async fn a_room_of_two_begins_for_both() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let mut at_bob = bob.listens().await;
    let room = alice.confides_in(&bob).await;
    let sent = alice.sends(&room, "psst").await;
    let frames = at_bob.until(sent.position).await;
    assert!(frames.iter().any(|frame| frame["room"]["id"] == json!(room.0)), "{frames:?}");
    assert_eq!(frames.last().unwrap()["data"]["data"]["text"], "psst");
}
