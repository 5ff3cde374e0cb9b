//! Replaying the past: what is left of it where it is broken off.

use std::pin::pin;
use std::time::Duration;

use projector::{Pace, Progress, Replay};
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::facts::*;
use crate::projecting::{Tail, World, brisk, reached, run};

/// How long what was broken off may stay.
const GONE_WITHIN: Duration = Duration::from_secs(20);

/// The generations of the past, shown or not.
async fn past(world: &World) -> Vec<i32> {
    sqlx::query_scalar("select generation from projection.generation where state = 'past' order by generation")
        .fetch_all(&world.database.owner)
        .await
        .unwrap()
}

/// Has another process open the read models.
async fn opens(world: &World) {
    let projector = world.another_projector(brisk());
    let running = run(&projector, Tail(world.log.reader()));
    reached(&projector, world.log.position).await;
    running.stop().await;
}

fn until(until: i64, schema: &str) -> Replay {
    Replay { until, room: None, schema: schema.to_owned() }
}

#[tokio::test]
async fn what_a_replay_left_that_was_broken_off_is_dropped_and_what_one_fills_is_not() {
    let mut world = World::with_pace(Pace { page: 10, ..brisk() }).await;
    world.log.append((0..500).map(|n| sent(n, 1, 1, "hello"))).await;
    world.settle().await;
    world.projector.replay(&until(20, "past_kept"), &mut |_| {}).await.unwrap();
    let (notice, mut noticed) = watch::channel(0);
    let mut progress = |progress: Progress| _ = notice.send_replace(progress.position);
    let whole = until(world.log.position, "past_left");
    {
        let mut replay = pin!(world.projector.replay(&whole, &mut progress));
        tokio::select! {
            made = &mut replay => panic!("not that fast: {made:?}"),
            _ = async { noticed.wait_for(|position| *position > 30).await.map(|_| ()) } => {}
        }
        opens(&world).await;
        assert_eq!(past(&world).await, [2, 3], "one is at it");
    }
    let deadline = Instant::now() + GONE_WITHIN;
    while past(&world).await != [2] {
        assert!(Instant::now() < deadline, "it stays");
        // Polls: the lock goes with the connection that was dropped, a moment later.
        sleep(Duration::from_millis(5)).await;
        opens(&world).await;
    }
    let schema = "select exists (select from pg_namespace where nspname = 'read_v3')";
    assert!(!sqlx::query_scalar::<_, bool>(schema).fetch_one(&world.database.owner).await.unwrap());
    world.projector.replay(&whole, &mut |_| {}).await.unwrap();
    assert_eq!(past(&world).await, [2, 3]);
    world.database.drop().await;
}
