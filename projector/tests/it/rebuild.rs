//! Rebuilding: beside what serves, under load, and into its place.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use projector::{Pace, Progress, ProjectorError, Rebuilt};
use sqlx::Executor;
use tokio_util::sync::CancellationToken;

use crate::facts::*;
use crate::projecting::{Tail, World, brisk, reached};

async fn served(world: &World) -> (i32, i64) {
    sqlx::query_as("select generation, position from read.checkpoint").fetch_one(&world.database.owner).await.unwrap()
}

async fn record_version(world: &World, version: i32) {
    sqlx::query("update projection.version set version = $1 where projection = 'rooms'")
        .bind(version)
        .execute(&world.database.owner)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_rebuild_under_load_takes_over_without_stepping_back() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.projector.prepare().await.unwrap();
    let (running, projector, owner) = (world.run(), world.projector.clone(), world.database.owner.clone());
    let (mut seen, done) = (0, Cell::new(false));
    let load = async {
        for first in (0..).step_by(20) {
            world.log.append((first..first + 20).map(|message| sent(1_000 + message, 1, 1, "hello"))).await;
            let position: i64 =
                sqlx::query_scalar("select position from read.checkpoint").fetch_one(&owner).await.unwrap();
            assert!(position >= seen, "from {seen} to {position}");
            seen = position;
            if done.get() {
                break;
            }
        }
    };
    let work = async {
        let rebuilt = projector.rebuild(&mut |_| {}).await.unwrap();
        done.set(true);
        rebuilt
    };
    let (rebuilt, ()) = tokio::join!(work, load);
    assert_eq!((rebuilt.generation, rebuilt.replaced), (2, 1));
    let (generation, position) = served(&world).await;
    assert!(generation == 2 && position >= seen && position >= rebuilt.position);
    world.log.append([registered(9, "late")]).await;
    reached(&world.projector, world.log.position).await;
    running.stop().await;
    assert_eq!(served(&world).await, (2, world.log.position));
    assert!(world.verify().await.is_clean());

    let others = world.projector.status().await.unwrap().others;
    assert_eq!(
        others.iter().map(|other| (other.generation, other.state)).collect::<Vec<_>>(),
        [(1, "retired")],
        "kept until told"
    );
    world.projector.drop_generation(1).await.unwrap();
    let refused = world.projector.drop_generation(2).await.unwrap_err();
    assert!(matches!(refused, ProjectorError::NotToBeDropped { generation: 2 }));
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn what_is_dropped_waits_for_a_vacuum_to_give_way_and_is_kept_while_it_is_in_use() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    world.projector.rebuild(&mut |_| {}).await.unwrap();
    let mut vacuum = event_store::begin(&world.database.owner, "begin").await.unwrap();
    vacuum.execute("lock table read_v1.message in share update exclusive mode").await.unwrap();
    let waits = |most| world.another_projector(Pace { drop: (most, most), ..brisk() });
    let (hurried, patient) = (waits(Duration::from_millis(50)), waits(Duration::from_mins(5)));
    let refused = hurried.drop_generation(1).await.unwrap_err();
    assert!(matches!(refused, ProjectorError::InUse { generation: 1 }), "{refused}");

    // Meanwhile what serves is filled, also with what is noted of every generation.
    let (projector, running) = (world.projector.clone(), world.run());
    let gives_way = async {
        while !somebody_waits_for_a_lock(&world).await {
            // Polls the locks.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        world.log.append([erased(2)]).await;
        reached(&projector, world.log.position).await;
        vacuum.rollback().await.unwrap();
        pending().await
    };
    let dropped = tokio::select! {
        dropped = patient.drop_generation(1) => dropped,
        never = gives_way => never,
    };
    dropped.unwrap();
    running.stop().await;
    // A vacuum gives way once somebody has waited for it for so long.
    let outlasts: bool =
        sqlx::query_scalar("select make_interval(secs => $1) > current_setting('deadlock_timeout')::interval")
            .bind(Pace::default().drop.1.as_secs_f64())
            .fetch_one(&world.database.owner)
            .await
            .unwrap();
    assert!(outlasts, "one that is told to drop waits for longer");
    let status = world.projector.status().await.unwrap();
    assert!(status.others.is_empty() && status.parked.is_empty());
    world.database.drop().await;
}

#[tokio::test]
async fn what_served_before_serves_again_once_it_has_caught_up() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    for _ in 0..20 {
        // Nobody is in the way of who comes right after.
        let nothing = world.projector.roll_back(&mut |_| {}).await.unwrap_err();
        assert!(matches!(nothing, ProjectorError::NothingToRollBackTo), "{nothing}");
    }
    world.projector.rebuild(&mut |_| {}).await.unwrap();
    let running = world.run();
    for (back_to, from) in [(1, 2), (2, 1)] {
        world.log.append((0..20).map(|n| sent(1_000 * u32::try_from(back_to).unwrap() + n, 1, 1, "since"))).await;
        reached(&world.projector, world.log.position).await;
        let rows = world.rows().await;
        let rolled_back = world.projector.roll_back(&mut |_| {}).await.unwrap();
        let expected = Rebuilt { generation: back_to, replaced: from, position: world.log.position };
        assert_eq!(rolled_back, expected);
        assert_eq!((served(&world).await, world.rows().await), ((back_to, world.log.position), rows));
        // It is followed from there on.
        world.log.append([registered(u32::try_from(10 + back_to).unwrap(), "later")]).await;
        reached(&world.projector, world.log.position).await;
        assert_eq!(served(&world).await, (back_to, world.log.position));
        assert!(world.verify().await.is_clean());
    }
    running.stop().await;

    // Read models of another version are rebuilt, not gone back to.
    record_version(&world, 0).await;
    world.projector.rebuild(&mut |_| {}).await.unwrap();
    let older = world.projector.roll_back(&mut |_| {}).await.unwrap_err();
    assert!(matches!(older, ProjectorError::OtherVersions), "{older}");
    world.database.drop().await;
}

#[tokio::test]
async fn an_interrupted_rebuild_is_gone_on_with() {
    let mut world = World::with_pace(Pace { page: 10, ..brisk() }).await;
    world.log.append((0..500).map(|n| sent(n, 1, 1, "hello"))).await;
    world.settle().await;
    let mut furthest = 0;
    for _ in 0..3 {
        let (notice, mut noticed) = tokio::sync::watch::channel(0);
        let mut progress = |progress: Progress| _ = notice.send_replace(progress.position);
        tokio::select! {
            rebuilt = rebuilt_once_free(&world, &mut progress) => panic!("not that fast: {rebuilt:?}"),
            _ = async { noticed.wait_for(|position| *position > furthest + 30).await.map(|_| ()) } => {}
        }
        let filling: i64 = sqlx::query_scalar("select position from projection.checkpoint where generation = 2")
            .fetch_one(&world.database.owner)
            .await
            .unwrap();
        assert!(filling > furthest, "it goes on where it was");
        furthest = filling;
    }
    assert_eq!(rebuilt_once_free(&world, &mut |_| {}).await.generation, 2);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

/// sqlx gives back connections whose answers nobody read: those of a rebuild that was dropped are used by the next.
#[tokio::test]
async fn a_rebuild_may_be_dropped_at_any_point() {
    let mut world = World::with_pace(Pace { page: 4, ..brisk() }).await;
    world.log.append((0..200).map(|n| sent(n, 1, 1, "hello"))).await;
    world.settle().await;
    let mut dropped = 0;
    while rebuilt_within(&world, dropped).await.is_none() {
        dropped += 1;
    }
    assert!(dropped > 30, "was dropped after as many waits: {dropped}");
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

/// What a rebuild made that may wait so many times.
async fn rebuilt_within(world: &World, waits: usize) -> Option<Rebuilt> {
    let mut progress = |_| {};
    let mut work = pin!(rebuilt_once_free(world, &mut progress));
    let mut waited = 0;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(rebuilt) => Poll::Ready(Some(rebuilt)),
        Poll::Pending if waited == waits => Poll::Ready(None),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await
}

/// The lock goes with the connection that a dropped rebuild held, a moment later.
async fn rebuilt_once_free(world: &World, progress: &mut (dyn FnMut(Progress) + Send)) -> Rebuilt {
    loop {
        match world.projector.rebuild(progress).await {
            // Polls the lock.
            Err(ProjectorError::Busy) => tokio::time::sleep(Duration::from_millis(5)).await,
            outcome => return outcome.unwrap(),
        }
    }
}

#[tokio::test]
async fn read_models_of_older_projections_are_rebuilt_at_start() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    record_version(&world, 0).await;
    world.log.append([registered(3, "carol")]).await;
    world.settle().await;
    assert_eq!(served(&world).await, (2, world.log.position));
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn read_models_of_newer_projections_are_left_alone() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    record_version(&world, 1_000).await;
    world.log.append([registered(3, "carol")]).await;
    let run = world.projector.run(Tail(world.log.reader()), CancellationToken::new());
    tokio::time::timeout(Duration::from_millis(300), run).await.unwrap_err();
    assert_eq!(served(&world).await, (1, world.log.position - 1));
    assert!(matches!(world.projector.verify(&mut |_| {}).await, Err(ProjectorError::OtherVersions)));
    // Told to, it does: that is how one goes back to an older program.
    world.projector.rebuild(&mut |_| {}).await.unwrap();
    assert_eq!(served(&world).await, (2, world.log.position));
    world.database.drop().await;
}

async fn somebody_waits_for_a_lock(world: &World) -> bool {
    let waits = "select exists (select from pg_locks l join pg_database d on d.oid = l.database \
        where d.datname = current_database() and not l.granted and l.locktype = 'relation')";
    sqlx::query_scalar(waits).fetch_one(&world.database.owner).await.unwrap()
}

#[tokio::test]
async fn a_query_that_holds_on_delays_the_switch_and_is_not_cut() {
    let mut world = World::new().await;
    world.log.append(a_bit_of_everything()).await;
    world.settle().await;
    let mut query = event_store::begin(&world.database.owner, "begin").await.unwrap();
    let before: (i32, i64) =
        sqlx::query_as("select c.generation, count(*) from read.checkpoint c, read.message group by 1")
            .fetch_one(&mut *query)
            .await
            .unwrap();
    let projector = world.projector.clone();
    let rebuilt = async { projector.rebuild(&mut |_| {}).await.unwrap() };
    let reads = async {
        while !somebody_waits_for_a_lock(&world).await {
            // Polls the locks.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let still: i32 =
            sqlx::query_scalar("select generation from read.checkpoint").fetch_one(&mut *query).await.unwrap();
        assert_eq!((still, before.0), (1, 1));
        query.rollback().await.unwrap();
    };
    let (rebuilt, ()) = tokio::join!(rebuilt, reads);
    assert_eq!(served(&world).await, (rebuilt.generation, world.log.position));
    world.database.drop().await;
}
