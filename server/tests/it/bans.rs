//! Who may not come in.

use serde_json::{Value, json};
use time::Duration;

use crate::harness::{Person, Room, Setup, TestApp};

/// The ids of those whom a room keeps out.
async fn banned(by: &Person, room: &Room) -> Vec<Value> {
    let bans = by.get(&room.path("/bans")).await.expect(200);
    bans.items().iter().map(|ban| ban["user_id"].clone()).collect()
}

#[tokio::test]
async fn who_is_banned_is_put_out_and_stays_out() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let room = alice.creates_public_room("square").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    bob.joins(&room).await.expect(201);
    eve.joins(&room).await.expect(201);
    let before = app.head().await;
    let done = alice.bans(&room, &bob, json!({"reason": " Too much spam "})).await.expect(204);
    assert_eq!(done.position(), Some(before + 2), "a removal, and a ban");
    bob.post(&room.path("/messages"), json!({"text": "hello"})).await.expect_problem(403, "not-a-member");
    bob.joins(&room).await.expect_problem(409, "banned");
    let itself = room.path(&format!("/members/{}", bob.id));
    alice.put(&itself, json!({})).await.expect_problem(409, "banned");
    let code = alice.invites(&room, json!({})).await;
    bob.accepts(&code).await.expect_problem(409, "banned");

    let bans = alice.get(&room.path("/bans")).await.expect(200);
    let ban = &bans.items()[0];
    assert_eq!((bans.items().len(), &ban["user_id"], &ban["display_name"]), (1, &json!(bob.id), &json!("bob")));
    assert_eq!((&ban["reason"], &ban["until"]), (&json!("Too much spam"), &json!(null)));
    assert_eq!(ban["banned_by"], json!(alice.id));
    let sql = "select payload::text from log.events where event_type = 'membership_banned'";
    let stored: String = sqlx::query_scalar(sql).fetch_one(&app.pool).await.unwrap();
    assert!(stored.contains(&format!("content/{}/{}", alice.id, room.0)) && !stored.contains("spam"), "{stored}");

    assert_eq!(
        alice.bans(&room, &bob, json!({"reason": "Too much spam"})).await.expect(204).position(),
        done.position()
    );
    alice.unbans(&room, &bob).await.expect(204);
    assert!(banned(&alice, &room).await.is_empty());
    alice.unbans(&room, &bob).await.expect_problem(404, "not-found");
    bob.joins(&room).await.expect(201);
}

#[tokio::test]
async fn who_never_was_in_a_room_is_kept_out_all_the_same() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    // Without a body too.
    alice.request("PUT", &room.path(&format!("/bans/{}", bob.id))).send().await.expect(204);
    alice.bans(&room, &carol, json!({})).await.expect(204);
    assert_eq!(banned(&alice, &room).await, [json!(bob.id), json!(carol.id)]);
    let first = alice.get(&room.path("/bans?limit=1")).await.expect(200);
    let next = alice.get(&room.path(&format!("/bans?after={}", first.body["after"].as_str().unwrap()))).await;
    assert_eq!((next.items().len(), &next.items()[0]["user_id"]), (1, &json!(carol.id)));
    bob.joins(&room).await.expect_problem(404, "not-found");
    bob.get(&room.path("")).await.expect_problem(404, "not-found");
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["member_count"], 1);
}

#[tokio::test]
async fn a_ban_runs_out_by_the_clock() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let alice = app.registers("alice").await;
    let room = alice.creates_public_room("square").await;
    let bob = app.registers("bob").await;
    let now = app.setup.context.now();
    let until = |after: Duration| json!({"until": api_kit::Timestamp(now + after)});
    for past in [Duration::ZERO, -Duration::DAY] {
        let refused = alice.bans(&room, &bob, until(past)).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/until");
    }
    alice.bans(&room, &bob, until(Duration::HOUR)).await.expect(204);
    let bans = alice.get(&room.path("/bans")).await.expect(200);
    assert_eq!(bans.items()[0]["until"], until(Duration::HOUR)["until"]);
    app.setup.context.advance(Duration::HOUR - Duration::MILLISECOND);
    bob.joins(&room).await.expect_problem(409, "banned");

    let head = app.head().await;
    app.setup.context.advance(Duration::MILLISECOND);
    assert!(banned(&alice, &room).await.is_empty());
    alice.unbans(&room, &bob).await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head, "no event tells that it ran out");
    bob.joins(&room).await.expect(201);
}

#[tokio::test]
async fn who_may_ban_stands_above_whom_they_ban() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve, carol) = (app.registers("bob").await, app.registers("eve").await, app.registers("carol").await);
    let guard = alice.defines(&room, "Guard", 5, &["ban_members"]).await;
    alice.gives(&room, &bob, &[guard]).await.expect(201);
    alice.gives(&room, &eve, &[guard]).await.expect(201);
    for above in [&alice, &eve, &bob] {
        bob.bans(&room, above, json!({})).await.expect_problem(403, "outranked");
    }
    // An owner who is away comes back.
    let other = alice.creates_public_room("other").await;
    bob.joins(&other).await.expect(201);
    let guard = alice.defines(&other, "Guard", 5, &["ban_members"]).await;
    alice.gives(&other, &bob, &[guard]).await.expect(200);
    alice.leaves(&other).await;
    bob.bans(&other, &alice, json!({})).await.expect_problem(403, "outranked");
    alice.joins(&other).await.expect(201);

    bob.bans(&room, &carol, json!({})).await.expect(204);
    alice.gives(&room, &eve, &[]).await.expect(200);
    eve.bans(&room, &carol, json!({})).await.expect_problem(403, "forbidden");
    eve.unbans(&room, &carol).await.expect_problem(403, "forbidden");
    eve.get(&room.path("/bans")).await.expect_problem(403, "forbidden");
    bob.bans(&room, &eve, json!({})).await.expect(204);
    for stranger in [&eve, &carol] {
        stranger.bans(&room, &bob, json!({})).await.expect_problem(404, "not-found");
        stranger.unbans(&room, &eve).await.expect_problem(404, "not-found");
        stranger.get(&room.path("/bans")).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn where_everyone_bans_strangers_are_banned_and_members_are_not() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let permissions = ["view_history", "send_messages", "ban_members"];
    let made = json!({"type": "group", "name": "square", "visibility": "public", "permissions": permissions});
    let room = Room(alice.post("/v1/rooms", made).await.expect(201).id());
    let (bob, eve, carol) = (app.registers("bob").await, app.registers("eve").await, app.registers("carol").await);
    for person in [&bob, &eve] {
        person.joins(&room).await.expect(201);
    }
    for member in [&alice, &eve, &bob] {
        bob.bans(&room, member, json!({})).await.expect_problem(403, "outranked");
    }
    bob.bans(&room, &carol, json!({"reason": "Spam"})).await.expect(204);
    carol.joins(&room).await.expect_problem(409, "banned");
    eve.leaves(&room).await;
    bob.bans(&room, &eve, json!({})).await.expect(204);
    alice.leaves(&room).await;
    bob.bans(&room, &alice, json!({})).await.expect_problem(403, "outranked");
}

#[tokio::test]
async fn what_a_ban_cannot_be_is_refused() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    for (body, pointer) in [
        (json!({"reason": "x".repeat(1001)}), "/reason"),
        (json!({"until": "tomorrow"}), "/until"),
        (json!({"until": "9999-12-31T23:59:59-01:00"}), "/until"),
        (json!({"for": "ever"}), "/for"),
    ] {
        let refused = alice.bans(&room, &bob, body).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let nobody = room.path("/bans/01890a5d-ac96-774b-bcce-b302099a8057");
    alice.put(&nobody, json!({})).await.expect_problem(404, "not-found");
    // From an archived room people are kept out too: it takes something away.
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    alice.bans(&room, &bob, json!({})).await.expect(204);
    alice.unbans(&room, &bob).await.expect(204);
}
