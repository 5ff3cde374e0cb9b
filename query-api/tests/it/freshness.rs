//! What the log knows and the rows do not yet: nobody is answered by a stale right.

use std::time::Duration;

use domain::id::UserId;
use domain::room::{Room, RoomEvent, Visibility};
use domain::session::{Session, SessionEvent};
use domain::user::{User, UserEvent};
use tokio::time::{Instant, sleep};

use crate::facts::USUAL;
use crate::world::World;

fn archived() -> RoomEvent {
    RoomEvent::RoomArchived { by: None, imported: None }
}

#[tokio::test]
async fn who_was_removed_gets_nothing_although_the_rows_know_nothing_of_it() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    world.sends(room, &alice, "hello").await;
    world.is_removed(room, &bob).await;
    let began = Instant::now();
    let answer = world.get(&bob, &format!("/v1/rooms/{room}/messages")).await;
    assert_eq!(answer.clone().expect_problem(503, "read-model-behind").header("retry-after"), Some("1"));
    assert!(began.elapsed() >= Duration::from_secs(2) && began.elapsed() < Duration::from_secs(4));
    world.get(&bob, "/v1/rooms").await.expect(503);
    // It is nothing to others.
    world.get(&alice, &format!("/v1/rooms/{room}/messages")).await.expect(200);

    world.membership_row(room, bob.id, false).await;
    world.catch_up().await;
    world.get(&bob, &format!("/v1/rooms/{room}/messages")).await.expect_problem(404, "not-found");
    assert!(world.get(&bob, "/v1/rooms").await.expect(200).items().is_empty());
    world.end().await;
}

#[tokio::test]
async fn who_waits_is_answered_once_the_rows_have_caught_up() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let other = world.signs_in(alice.id).await;
    let room = world.private_room(&alice).await;
    world.append::<Room>(&room.to_string(), vec![archived()], Some(alice.id), Some(room)).await;
    let listening = world.progress.clone();
    let path = format!("/v1/rooms/{room}");
    let asked = async {
        tokio::select! {
            answer = world.get(&alice, &path) => answer,
            _ = listening.listen(world.store.notifications()) => unreachable!("it listens for ever"),
        }
    };
    let projected = async {
        // Plays a projector that takes its time.
        sleep(Duration::from_millis(300)).await;
        world.sql("update read.room set archived = true, version = 2 where id = $1", room).await;
        world.catch_up().await;
    };
    let began = Instant::now();
    let (answer, ()) = tokio::join!(asked, projected);
    assert_eq!(answer.expect(200).body["archived"], true);
    assert!(began.elapsed() < Duration::from_secs(1));

    // A session that ended is dead at once, also where a row says otherwise; another is not touched.
    world.append::<Session>(&alice.token.session.to_string(), vec![SessionEvent::SessionEnded], None, None).await;
    let began = Instant::now();
    world.get(&alice, "/v1/rooms").await.expect_problem(401, "not-signed-in");
    assert!(began.elapsed() < Duration::from_secs(1), "nobody waits for a projector to be told so");
    world.get(&crate::world::Person { token: other, ..alice }, "/v1/rooms").await.expect(200);
    world.end().await;
}

#[tokio::test]
async fn a_request_that_waits_ends_with_its_session() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let position = world.append::<Room>("elsewhere", vec![archived()], None, None).await;
    let path = format!("/v1/users/me?min_position={position}");
    let ended = async {
        // Plays somebody who signs out while the request waits.
        sleep(Duration::from_millis(300)).await;
        world.append::<Session>(&alice.token.session.to_string(), vec![SessionEvent::SessionEnded], None, None).await;
        Instant::now()
    };
    let (answer, ended) = tokio::join!(world.get(&alice, &path), ended);
    answer.expect_problem(401, "not-signed-in");
    assert!(ended.elapsed() < Duration::from_secs(1));

    let bob = world.person("bob").await;
    let verified = UserEvent::UserEmailVerified;
    world.append::<User>(&bob.id.to_string(), vec![verified], None, None).await;
    world.get(&bob, "/v1/users/me").await.expect_problem(503, "read-model-behind");
    let suspended = UserEvent::UserSuspended { by: UserId(alice.id), reason: None, generation: 1 };
    world.append::<User>(&bob.id.to_string(), vec![suspended], None, None).await;
    world.get(&bob, "/v1/users/me").await.expect_problem(401, "not-signed-in");
    world.end().await;
}

#[tokio::test]
async fn a_room_that_was_just_hidden_is_not_listed() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.room(&alice, Visibility::Public, &USUAL).await;
    world.get(&bob, &format!("/v1/rooms/{room}")).await.expect(200);
    let hidden = RoomEvent::RoomVisibilityChanged { visibility: Visibility::Private };
    world.append::<Room>(&room.to_string(), vec![hidden], Some(alice.id), Some(room)).await;
    world.get(&bob, "/v1/rooms/public").await.expect_problem(503, "read-model-behind");
    world.get(&bob, &format!("/v1/rooms/{room}")).await.expect_problem(503, "read-model-behind");
    world.sql("update read.room set visibility = 'private', version = 2 where id = $1", room).await;
    world.catch_up().await;
    assert!(world.get(&bob, "/v1/rooms/public").await.expect(200).items().is_empty());
    world.get(&bob, &format!("/v1/rooms/{room}")).await.expect_problem(404, "not-found");
    world.end().await;
}

#[tokio::test]
async fn a_strangers_answer_does_not_wait_for_a_private_room_to_be_fresh() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.append::<Room>(&room.to_string(), vec![archived()], Some(alice.id), Some(room)).await;
    let began = Instant::now();
    world.get(&bob, &format!("/v1/rooms/{room}/messages")).await.expect_problem(404, "not-found");
    assert!(began.elapsed() < Duration::from_secs(1));
    world.end().await;
}

#[tokio::test]
async fn a_deletion_counts_from_its_answer_on() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    let message = world.sends(room, &alice, "regrettable").await;
    let position = world.is_deleted(room, &alice, message).await;
    for path in
        [String::new(), format!("/messages/{message}"), format!("/messages/{message}/versions"), "/messages".to_owned()]
    {
        let answer = world.get(&bob, &format!("/v1/rooms/{room}{path}")).await.expect(200);
        assert!(!answer.text.contains("regrettable"), "{path}: {}", answer.text);
        assert!(answer.position() < position);
    }
    let deleted = world.get(&bob, &format!("/v1/rooms/{room}/messages/{message}")).await.expect(200).body;
    assert_eq!((&deleted["status"], &deleted["data"]), (&"deleted".into(), &serde_json::json!({})));
    assert_eq!(deleted["version"], 2);
    world.end().await;
}
