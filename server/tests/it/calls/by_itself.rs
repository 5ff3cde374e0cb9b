//! What becomes of calls that nobody ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::{participant, told};
use crate::harness::{Person, Room, Setup, TestApp};
use crate::metadata::causes;

/// An application with a clock that stands still, whose reactor is at work.
async fn app() -> TestApp {
    let app = Setup::without_nats().await.with_clock().start().await;
    while sqlx::query("select from relay.lease where name = 'reactor'")
        .fetch_optional(&app.pool)
        .await
        .unwrap()
        .is_none()
    {
        // Polls the lease, as whoever stands by does.
        sleep(Duration::from_millis(5)).await;
    }
    app
}

fn later(app: &TestApp, seconds: i64) {
    app.setup.context.advance(time::Duration::seconds(seconds));
}

/// Somebody is seen on a socket now, as whoever answers sockets notes it.
async fn is_seen(app: &TestApp, person: &Person) {
    sqlx::query(
        "insert into observed.socket (user_id, seen_at) values ($1, $2) \
         on conflict (user_id) do update set seen_at = excluded.seen_at",
    )
    .bind(person.id)
    .bind(app.setup.context.now())
    .execute(&app.pool)
    .await
    .unwrap();
}

/// Waits until the room's last call is as it should be.
async fn becomes(person: &Person, room: &Room, expected: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let call = person.sees_calls(room).await.pop().unwrap();
        if expected(&call) {
            return call;
        }
        assert!(Instant::now() < deadline, "{call}");
        // Polls as a client would; the reactor looks every half a second.
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn what_nobody_answers_is_missed_after_a_minute() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let call = alice.calls(&room).await.expect(201).id();
    later(&app, 59);
    is_seen(&app, &alice).await;
    // Somebody joins another's call in the last moment, and that one goes on.
    let (carol, other) = app.member_of_a_room("carol").await;
    carol.adds(&other, &bob).await;
    let answered = carol.calls(&other).await.expect(201).id();
    bob.answers(answered).await.expect(204);
    later(&app, 1);
    let missed = becomes(&alice, &room, |call| call["outcome"] == "missed").await;
    assert_eq!((&missed["id"], &missed["duration_ms"]), (&json!(call), &json!(0)));
    assert_eq!(told(&bob, &room).await[1], json!(["call_ended", alice.id, "missed"]));
    assert_eq!(causes(&app, "call_ended").await, [None], "time alone");
    assert_eq!(bob.sees_calls(&other).await[0]["outcome"], Value::Null);
    bob.answers(call).await.expect_problem(409, "call-ended");
    bob.calls(&room).await.expect(201);
}

#[tokio::test]
async fn who_is_not_seen_for_half_a_minute_has_left() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let call = alice.calls(&room).await.expect(201).id();
    bob.answers(call).await.expect(204);
    later(&app, 20);
    is_seen(&app, &alice).await;
    later(&app, 10);
    // Bob has no socket since he came in.
    let goes_on = becomes(&bob, &room, |call| participant(call, &bob)["departure"] == "gone").await;
    let (his, hers) = (participant(&goes_on, &bob), participant(&goes_on, &alice));
    assert_eq!((&goes_on["outcome"], &his["duration_ms"]), (&Value::Null, &json!(30_000)));
    assert_eq!(hers["departure"], Value::Null);
    // He comes back, and both are gone: it ends with the last.
    bob.answers(call).await.expect(204);
    is_seen(&app, &bob).await;
    later(&app, 31);
    let over = becomes(&alice, &room, |call| !call["ended_at"].is_null()).await;
    assert_eq!((&over["outcome"], &over["duration_ms"]), (&json!("answered"), &json!(61_000)));
    for person in [&alice, &bob] {
        let theirs = participant(&over, person);
        assert_eq!((&theirs["duration_ms"], &theirs["departure"]), (&json!(61_000), &json!("gone")));
    }
}

#[tokio::test]
async fn who_is_removed_banned_or_erased_leaves_and_a_shut_room_has_no_calls() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut others = vec![];
    for name in ["removed", "banned", "erased", "stays"] {
        let person = app.registers(name).await;
        alice.adds(&room, &person).await;
        others.push(person);
    }
    let call = alice.calls(&room).await.expect(201).id();
    for person in &others {
        person.answers(call).await.expect(204);
    }
    alice.removes(&room, &others[0]).await;
    alice.bans(&room, &others[1], json!({})).await.expect(204);
    crate::erasures::erases(&others[2]).await.expect(200);
    let removed = |call: &Value| others[..3].iter().all(|who| participant(call, who)["departure"] == "removed");
    let goes_on = becomes(&alice, &room, removed).await;
    assert_eq!(goes_on["outcome"], Value::Null);
    for who in [&alice, &others[3]] {
        assert_eq!(participant(&goes_on, who)["departure"], Value::Null);
    }
    let mut left = causes(&app, "call_left").await;
    left.sort();
    let [put_out, banned] = [0, 1].map(|who| format!("membership_removed {}:{}", room.0, others[who].id));
    let mut reacts_to = [put_out, banned, format!("user_erased {}", others[2].id)].map(Some);
    reacts_to.sort();
    assert_eq!(left, reacts_to);
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    let over = becomes(&alice, &room, |call| !call["ended_at"].is_null()).await;
    assert_eq!(over["outcome"], "answered");
    assert_eq!(causes(&app, "call_ended").await, [Some(format!("room_archived {}", room.0))]);
}
