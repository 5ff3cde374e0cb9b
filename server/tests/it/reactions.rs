//! Reactions: who may, with what, and what is seen of them.

use serde_json::{Value, json};

use crate::harness::{Answer, Person, Room, TestApp};

/// Alice's room with Bob in it.
async fn alice_and_bob() -> (TestApp, Person, Person, Room) {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    (app, alice, bob, room)
}

fn reaction(emoji: &str, count: i64, mine: bool) -> Value {
    json!({"emoji": emoji, "count": count, "mine": mine})
}

async fn puts(person: &Person, path: &str) -> Answer {
    person.put(path, json!({})).await
}

#[tokio::test]
async fn people_react_and_take_it_back_and_everyone_sees_it_as_theirs_or_not() {
    let (_app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let (thumb, crab) = (room.message(&sent, "/reactions/👍🏽"), room.message(&sent, "/reactions/🦀"));
    let first = bob.put(&thumb, json!({})).await.expect(204);
    assert!(first.position().unwrap() > sent.position);
    let again = bob.put(&thumb, json!({})).await.expect(204);
    assert_eq!(again.position(), first.position(), "once is enough");
    bob.put(&crab, json!({})).await.expect(204);
    let last = alice.put(&thumb, json!({})).await.expect(204).position();

    let path = room.message(&sent, "");
    let seen = alice.get(&path).await.expect(200).body;
    assert_eq!(seen["reactions"], json!([reaction("👍🏽", 2, true), reaction("🦀", 1, false)]));
    assert_eq!((&seen["version"], &seen["status"]), (&json!(1), &json!("sent")), "it is the same message");
    let page = bob.get(&format!("{}?min_position={}", room.path("/messages"), last.unwrap())).await.expect(200);
    let message = page.messages().into_iter().find(|message| message["id"] == seen["id"]).unwrap();
    assert_eq!(message["reactions"], json!([reaction("👍🏽", 2, true), reaction("🦀", 1, true)]));

    bob.delete(&thumb).await.expect(204);
    let taken = bob.delete(&crab).await.expect(204);
    assert_eq!(bob.delete(&crab).await.expect(204).position(), taken.position(), "it was gone");
    assert_eq!(bob.get(&path).await.expect(200).body["reactions"], json!([reaction("👍🏽", 1, false)]));
}

#[tokio::test]
async fn an_emoji_is_short_and_without_spaces_and_people_have_twenty() {
    let (_app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let path = |emoji: &str| room.message(&sent, &format!("/reactions/{emoji}"));
    for bad in ["two%20words", "%0A", "%C2%A0", &"x".repeat(65)] {
        let refused = puts(&bob, &path(bad)).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/emoji", "{bad}");
        bob.delete(&path(bad)).await.expect_problem(422, "invalid");
    }
    puts(&bob, &path("%ff")).await.expect_problem(404, "not-found");
    puts(&bob, &path("")).await.expect(404);
    for number in 0..20 {
        puts(&bob, &path(&number.to_string())).await.expect(204);
    }
    puts(&bob, &path("%3Aone_more%3A")).await.expect_problem(409, "too-many-reactions");
    puts(&bob, &path("7")).await.expect(204);
    bob.delete(&path("7")).await.expect(204);
    puts(&bob, &path("%3Aone_more%3A")).await.expect(204);
    puts(&alice, &path("a%2Fb")).await.expect(204);
    let seen = alice.get(&room.message(&sent, "")).await.expect(200).body;
    let emoji: Vec<_> = seen["reactions"].as_array().unwrap().iter().map(|one| one["emoji"].clone()).collect();
    assert_eq!((emoji.len(), &emoji[18..]), (21, &[json!("9"), json!(":one_more:"), json!("a/b")][..]));
}

#[tokio::test]
async fn who_lacks_react_takes_back_but_adds_nothing() {
    let (_app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let (thumb, crab) = (room.message(&sent, "/reactions/👍"), room.message(&sent, "/reactions/🦀"));
    puts(&bob, &thumb).await.expect(204);
    alice.allows(&room, &["view_history", "send_messages"]).await;
    let refused = puts(&bob, &crab).await.expect_problem(403, "forbidden");
    assert!(refused.text.contains("react"), "{}", refused.text);
    bob.delete(&thumb).await.expect(204);
    puts(&alice, &crab).await.expect(204);
}

#[tokio::test]
async fn what_is_deleted_has_no_reactions_and_takes_none() {
    let (_app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let thumb = room.message(&sent, "/reactions/👍");
    puts(&bob, &thumb).await.expect(204);
    alice.delete(&room.message(&sent, "")).await.expect(204);
    assert_eq!(alice.get(&room.message(&sent, "")).await.expect(200).body["reactions"], json!([]));
    puts(&bob, &thumb).await.expect_problem(409, "message-deleted");
    bob.delete(&thumb).await.expect_problem(409, "message-deleted");
}

#[tokio::test]
async fn an_archived_room_keeps_its_reactions() {
    let (_app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let thumb = room.message(&sent, "/reactions/👍");
    puts(&bob, &thumb).await.expect(204);
    puts(&alice, &room.path("/archive")).await.expect(204);
    puts(&alice, &thumb).await.expect_problem(409, "archived");
    bob.delete(&thumb).await.expect_problem(409, "archived");
    assert_eq!(bob.get(&room.message(&sent, "")).await.expect(200).body["reactions"], json!([reaction("👍", 1, true)]));
}

#[tokio::test]
async fn strangers_and_latecomers_learn_nothing_of_messages_by_reacting() {
    let (app, alice, bob, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "hello").await;
    let other = alice.creates_room("other").await;
    let elsewhere = alice.sends(&other, "elsewhere").await;
    let eve = app.registers("eve").await;
    let nothing = crate::harness::room::Sent { id: room.0, ..sent };
    for (who, room, sent) in
        [(&eve, room, sent), (&bob, room, elsewhere), (&bob, room, nothing), (&bob, other, elsewhere)]
    {
        for below in ["/reactions/👍", "/pin"] {
            puts(who, &room.message(&sent, below)).await.expect_problem(404, "not-found");
            who.delete(&room.message(&sent, below)).await.expect_problem(404, "not-found");
        }
    }
    let square = alice.creates_public_room("square").await;
    let public = alice.sends(&square, "hello").await;
    puts(&eve, &square.message(&public, "/reactions/👍")).await.expect_problem(403, "not-a-member");

    // Without view_history, what was said before one came is not there.
    alice.allows(&room, &["send_messages", "react", "pin_messages"]).await;
    alice.adds(&room, &eve).await;
    let later = alice.sends(&room, "welcome").await;
    app.settled().await;
    let (early, late) = (room.message(&sent, ""), room.message(&later, ""));
    eve.get(&early).await.expect_problem(404, "not-found");
    eve.get(&late).await.expect(200);
    eve.patch(&early, json!({"text": "x"})).await.expect_problem(404, "not-found");
    eve.patch(&late, json!({"text": "x"})).await.expect_problem(403, "not-the-author");
    eve.delete(&early).await.expect_problem(404, "not-found");
    for below in ["/reactions/👍", "/pin"] {
        puts(&eve, &room.message(&sent, below)).await.expect_problem(404, "not-found");
        puts(&eve, &room.message(&later, below)).await.expect(204);
    }
    let answer = |sent: crate::harness::room::Sent| json!({"text": "what?", "reply_to": sent.id});
    eve.post(&room.path("/messages"), answer(sent)).await.expect_problem(422, "invalid");
    eve.post(&room.path("/messages"), answer(later)).await.expect(201);
    // Who comes back sees what is after their return.
    eve.leaves(&room).await;
    alice.adds(&room, &eve).await;
    puts(&eve, &room.message(&later, "/reactions/🦀")).await.expect_problem(404, "not-found");
}
