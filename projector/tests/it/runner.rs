//! The runner: killed, doubled, lied to by its feed.

use std::time::Duration;

use event_store::Reader;
use projector::{Batch, Feed, FeedError};
use sqlx::postgres::PgListener;
use tokio_util::sync::CancellationToken;

use crate::facts::*;
use crate::projecting::{Tail, World, brisk, reached, run};

/// Ends every connection of the projector to the database.
async fn terminate(world: &World) {
    sqlx::query(
        "select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid() and query not like '%log.events values%'",
    )
    .execute(&world.database.owner)
    .await
    .unwrap();
}

#[tokio::test]
async fn the_first_read_models_are_made_when_there_are_none() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice")]).await;
    let running = world.run();
    reached(&world.projector, 1).await;
    world.log.append([registered(2, "bob")]).await;
    reached(&world.projector, 2).await;
    running.stop().await;
    let status = world.projector.status().await.unwrap();
    assert_eq!((status.generation, status.position, status.head, status.lag_positions()), (1, 2, 2, 0));
    assert!(status.lag_seconds.abs() < f64::EPSILON);
    let mut reader = event_store::begin(&world.database.owner, "begin").await.unwrap();
    sqlx::query("set local role hansard_reader").execute(&mut *reader).await.unwrap();
    let seen: (i32, i32, i64) = sqlx::query_as("select * from read.checkpoint").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(seen, (1, 1, 2));
    let names: i64 =
        sqlx::query_scalar("select count(display_name) from read.account").fetch_one(&mut *reader).await.unwrap();
    assert_eq!(names, 2);
    reader.rollback().await.unwrap();
    world.database.drop().await;
}

#[tokio::test]
async fn stopped_at_any_moment_it_goes_on_without_loss_or_doubles() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), joined(1, 1)]).await;
    for round in 0..40_u32 {
        world.log.append((0..30).map(|message| sent(100 * round + message, 1, 1, "hello"))).await;
        // Dropped wherever it is: before, within and after transactions.
        let run = world.projector.run(Tail(world.log.reader()), CancellationToken::new());
        tokio::time::timeout(Duration::from_micros(u64::from(round) * 700), run).await.unwrap_err();
    }
    world.settle().await;
    let count: i64 = sqlx::query_scalar("select message_count from read.room_activity")
        .fetch_one(&world.database.owner)
        .await
        .unwrap();
    assert_eq!(count, 1_200);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn it_goes_on_when_its_connections_are_cut() {
    let mut world = World::new().await;
    let running = world.run();
    for round in 0..10_u32 {
        world.log.append((0..100).map(|message| sent(1_000 * round + message, 1, 1, "hello"))).await;
        terminate(&world).await;
    }
    reached(&world.projector, 1_000).await;
    running.stop().await;
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn of_two_projectors_one_stands_by_and_takes_over() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice")]).await;
    let second = world.another_projector(brisk());
    let (one, other) = (world.run(), run(&second, Tail(world.log.reader())));
    for round in 0..20_u32 {
        let position = world.log.append((0..20).map(|message| sent(100 * round + message, 1, 1, "hello"))).await;
        reached(&world.projector, position).await;
        reached(&second, position).await;
    }
    one.stop().await;
    world.log.append([registered(2, "bob")]).await;
    reached(&second, 402).await;
    other.stop().await;
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

/// Leaves events out, repeats others, and breaks off now and then.
struct Liar {
    reader: Reader,
    calls: i64,
}

impl Feed for Liar {
    async fn next(&mut self, after: i64, _: usize) -> Result<Batch, FeedError> {
        self.calls += 1;
        if self.calls % 5 == 0 {
            return Err(FeedError("a bad day".into()));
        }
        loop {
            let from = (after + self.calls % 3 - 1).max(0);
            let events = self.reader.after(from, 7).await.unwrap();
            if events.iter().any(|event| event.position > after) {
                return Ok(Batch { epoch: 1, events });
            }
            if self.reader.head().await.unwrap().position > after {
                return Ok(Batch { epoch: 1, events: self.reader.after(after, 7).await.unwrap() });
            }
            // Polls the log.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
async fn a_feed_that_skips_repeats_and_breaks_off_does_no_harm() {
    let mut world = World::new().await;
    let running = run(&world.projector, Liar { reader: world.log.reader(), calls: 0 });
    for round in 0..30_u32 {
        let position = world.log.append((0..9).map(|message| sent(100 * round + message, 1, 1, "hello"))).await;
        if round % 3 == 0 {
            reached(&world.projector, position).await;
        }
    }
    reached(&world.projector, 270).await;
    running.stop().await;
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn whoever_listens_hears_where_the_read_models_are() {
    let mut world = World::new().await;
    world.projector.prepare().await.unwrap();
    let mut listener = PgListener::connect_with(&world.database.owner).await.unwrap();
    listener.listen("hansard_read").await.unwrap();
    let running = world.run();
    world.log.append([registered(1, "alice"), registered(2, "bob")]).await;
    let heard = tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            let heard = listener.recv().await.unwrap();
            if heard.payload() == "1:2" {
                break;
            }
        }
    });
    heard.await.expect("it is told");
    running.stop().await;
    drop(listener);
    world.database.drop().await;
}
