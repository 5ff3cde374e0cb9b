//! Followers: from the log, from the stream, and from one to the other.

use std::sync::Arc;
use std::time::Duration;

use event_store::Recorded;
use nats::event::Mark;
use nats::{Checkpoint, Retention, Source};
use sqlx::postgres::PgPoolOptions;
use tokio::sync::broadcast;
use tokio::time::{Instant, timeout};
use tokio_util::task::TaskTracker;

use crate::harness::{Follow, Log, Relayed, soon, world};
use crate::network::{Network, passes};

#[tokio::test]
async fn one_far_behind_reads_the_log_and_joins_the_stream() {
    let (log, broker) = world().await;
    log.append(2000).await;
    let mut relay = Relayed::start(&log, &broker);
    assert_eq!(relay.reaches(2000).await.base, 2000);
    log.append(500).await;
    relay.reaches(2500).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until(2500).await;
    follow.until_from(&log, Source::Stream).await;
    assert_eq!(follow.sources, [Source::Log, Source::Stream]);
    assert!(follow.seen == log.all().await);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn one_that_begins_within_the_stream_joins_it_there() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append(3000).await;
    relay.reaches(3000).await;
    let event = Mark::of(&log.all().await[999]);
    let mut follow = Follow::new(&log, &broker, Checkpoint { epoch: 1, position: 1000, event: Some(event) }).await;
    follow.until_from(&log, Source::Stream).await;
    follow.until(log.head().await.position).await;
    assert!(follow.seen == log.reader.after(1000, 5000).await.unwrap());
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn what_expired_or_was_too_large_is_read_from_the_log() {
    let (log, broker) = world().await;
    let retention = Retention { max_age: Duration::from_hours(1), max_bytes: 100_000 };
    let mut relay = Relayed::with(&log, &broker, retention, None);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until_from(&log, Source::Stream).await;
    log.append_large(2_000_000).await;
    log.append(3).await;
    follow.until(log.head().await.position).await;
    // More than the stream keeps, while the follower does not look.
    log.append(2000).await;
    relay.reaches(log.head().await.position).await;
    follow.until(log.head().await.position).await;
    follow.until_from(&log, Source::Stream).await;
    assert!(follow.seen == log.all().await);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn without_a_broker_it_lags_far_less_than_a_second() {
    let log = Log::new().await;
    let mut follow = Follow::with(&log, None, (1, 0));
    let mut told = Vec::new();
    for _ in 0..50 {
        let before = Instant::now();
        let position = log.append(1).await[0].position;
        follow.until(position).await;
        told.push(before.elapsed());
    }
    told.sort();
    assert!(told[25] < Duration::from_millis(100), "median {:?}", told[25]);
    let before = Instant::now();
    let position = log.append_untold(1).await[0].position;
    follow.until(position).await;
    assert!(before.elapsed() < Duration::from_secs(1), "untold {:?}", before.elapsed());
    log.close().await;
}

#[tokio::test]
async fn a_silent_stream_does_not_hold_it_up() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until_from(&log, Source::Stream).await;
    relay.crash().await;
    let before = Instant::now();
    let position = log.append(1).await[0].position;
    follow.until(position).await;
    assert!(before.elapsed() < Duration::from_secs(1), "took {:?}", before.elapsed());
    assert_eq!(follow.sources.last(), Some(&Source::Log));
    let relay = Relayed::start(&log, &broker);
    follow.until_from(&log, Source::Stream).await;
    assert!(follow.seen == log.all().await);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn postgresql_restarts_under_load() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    for _ in 0..5 {
        log.append(300).await;
        log.disconnect().await;
        let position = soon("an append", appended(&log)).await;
        follow.until(position).await;
    }
    follow.until_from(&log, Source::Stream).await;
    assert!(follow.seen == log.all().await);
    relay.reaches(log.head().await.position).await;
    relay.stop().await;
    log.close().await;
}

/// Waits until the pool has a connection again, and appends.
async fn appended(log: &Log) -> i64 {
    while log.reader.head().await.is_err() {}
    log.append(1).await[0].position
}

#[tokio::test]
async fn a_call_that_is_cancelled_loses_nothing() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    let load = async {
        for n in 0..300 {
            log.append(1 + n % 5).await;
        }
        log.head().await.position
    };
    let mut load = Box::pin(load);
    let mut head = None;
    let mut cancelled = 0;
    while head.is_none_or(|head| follow.follower.checkpoint().position < head) {
        let wait = Duration::from_micros(100 + 97 * (cancelled % 23));
        tokio::select! {
            biased;
            done = &mut load, if head.is_none() => head = Some(done),
            batch = timeout(wait, follow.follower.next(20)) => match batch {
                Ok(batch) => { follow.take(batch.unwrap(), 20); }
                Err(_) => cancelled += 1,
            },
        }
    }
    drop(load);
    assert!(cancelled > 50, "cancelled {cancelled} times");
    assert!(follow.seen == log.all().await);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn what_the_process_itself_appends_is_handed_over_until_somebody_else_appends_too() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let (committed, receiver) = broadcast::channel::<Arc<[Recorded]>>(4);
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.follower = follow.follower.handed(Some(receiver));
    log.append(3).await;
    follow.until(3).await;
    assert_eq!(follow.sources, [Source::Log], "what came before");
    for size in [1, 4, 2] {
        committed.send(log.append(size).await.into()).unwrap();
    }
    follow.until(10).await;
    assert_eq!(follow.sources, [Source::Log, Source::Committer]);
    // A group that it cannot take at once, and more of them than it is kept.
    committed.send(log.append(150).await.into()).unwrap();
    for _ in 0..9 {
        committed.send(log.append(1).await.into()).unwrap();
    }
    follow.until(169).await;
    // Somebody else appends in between: by and by the stream is followed.
    while follow.sources.last() != Some(&Source::Stream) {
        log.append(1).await;
        committed.send(log.append(1).await.into()).unwrap();
        follow.until(log.head().await.position).await;
    }
    // Nobody else does any more: by and by it is taken from memory again.
    while follow.sources.last() != Some(&Source::Committer) {
        committed.send(log.append(2).await.into()).unwrap();
        follow.until(log.head().await.position).await;
    }
    assert!(follow.seen == log.all().await);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_log_that_vanishes_without_a_word_is_followed_over_other_connections() {
    let log = Log::new().await;
    let network = Network::to(log.options(), &TaskTracker::new()).await;
    // As servers have it: what was in use a moment ago is not tried first.
    let pool = PgPoolOptions::new().test_before_acquire(false).connect_lazy_with(network.options());
    let mut follow = Follow::over(pool, None, (1, 0));
    log.append(1).await;
    follow.until(1).await;
    network.stop();
    log.append(1).await;
    tokio::join!(follow.until(2), passes(Duration::from_secs(25)));
    log.close().await;
}
