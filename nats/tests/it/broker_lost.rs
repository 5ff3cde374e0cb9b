//! NATS is killed, wiped, rolled back: followers lose nothing and see nothing twice, and the stream is made good.

use std::time::Duration;

use nats::{Retention, Source, StreamName};

use crate::harness::{Follow, Log, Relayed, assert_holds, soon, world};

/// Appends in small groups, without pause.
async fn load(log: &Log, groups: i64) {
    for n in 0..groups {
        log.append(1 + n % 7).await;
    }
}

async fn assert_saw_all(follow: Follow, log: &Log) {
    assert!(follow.seen == log.all().await, "all of the log, as it is");
}

#[tokio::test]
async fn killed_under_load_and_back_with_its_files() {
    let (log, mut broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until_from(&log, Source::Stream).await;
    let chaos = async {
        for _ in 0..3 {
            load(&log, 100).await;
            broker.kill().await;
            load(&log, 100).await;
            broker.run().await;
        }
        load(&log, 100).await;
        log.head().await.position
    };
    let (stop, mut stopped) = tokio::sync::oneshot::channel();
    let following = async {
        let head = loop {
            tokio::select! {
                batch = follow.follower.next(50) => { follow.take(batch.unwrap(), 50); }
                head = &mut stopped => break head.unwrap(),
            }
        };
        follow.until(head).await;
        follow
    };
    let ((), mut follow) = tokio::join!(async { stop.send(soon("the load", chaos).await).unwrap() }, following);
    let head = log.head().await.position;
    let stream = relay.reaches(head).await;
    assert_holds(&broker, stream, &log).await;
    assert!(follow.sources.len() >= 3, "it switched under load: {:?}", follow.sources);
    follow.until_from(&log, Source::Stream).await;
    assert_saw_all(follow, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn wiped() {
    let (log, mut broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    log.append(50).await;
    relay.reaches(50).await;
    follow.until_from(&log, Source::Stream).await;

    broker.kill().await;
    broker.restore(None);
    log.append(50).await;
    let head = log.head().await.position;
    follow.until(head).await;
    broker.run().await;
    let stream = relay
        .until("another stream", |status| matches!(status, nats::Status::Leading { stream, .. } if stream.base > 0))
        .await;
    assert_eq!(stream, nats::Status::Leading { stream: StreamName { epoch: 1, base: head }, position: head });
    assert_eq!(log.head().await.epoch, 1, "nothing of the log was lost");
    follow.until_from(&log, Source::Stream).await;
    let stream = relay.reaches(log.head().await.position).await;
    assert_holds(&broker, stream, &log).await;
    assert_saw_all(follow, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn rolled_back_to_an_older_copy() {
    let (log, mut broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    log.append(50).await;
    let stream = relay.reaches(50).await;
    follow.until_from(&log, Source::Stream).await;

    broker.kill().await;
    let copy = broker.backup();
    broker.run().await;
    log.append(50).await;
    relay.reaches(log.head().await.position).await;

    broker.kill().await;
    broker.restore(Some(&copy));
    log.append(50).await;
    broker.run().await;
    assert_eq!(relay.reaches(log.head().await.position).await, stream, "what it forgot is published again");
    assert_holds(&broker, stream, &log).await;
    assert_eq!(log.head().await.epoch, 1);
    follow.until_from(&log, Source::Stream).await;
    assert_saw_all(follow, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn emptied_by_age_and_started_again() {
    let (log, broker) = world().await;
    let retention = Retention { max_age: Duration::from_millis(200), max_bytes: 1 << 20 };
    let mut relay = Relayed::with(&log, &broker, retention, None);
    let old = relay.reaches(0).await;
    log.append(5).await;
    relay.reaches(5).await;
    let expired = async { while broker.stream(old).await.cached_info().state.messages > 0 {} };
    soon("the events expire", expired).await;
    relay.stop().await;

    let mut relay = Relayed::with(&log, &broker, retention, None);
    assert_eq!(relay.reaches(5).await, StreamName { epoch: 1, base: 5 }, "nothing is left to compare");
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until_from(&log, Source::Stream).await;
    assert_saw_all(follow, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_foreign_message_costs_the_stream_and_nothing_else() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    log.append(5).await;
    relay.reaches(5).await;
    follow.until_from(&log, Source::Stream).await;
    relay.reaches(log.head().await.position).await;
    broker.jetstream().await.publish("hansard.evt.0.a.b", "foreign".into()).await.unwrap().await.unwrap();
    log.append(5).await;
    let head = log.head().await.position;
    let stream = relay.reaches(head).await;
    assert!(stream.base > 0, "{stream} is another");
    follow.until_from(&log, Source::Stream).await;
    relay.reaches(log.head().await.position).await;
    assert_holds(&broker, stream, &log).await;
    assert_eq!(log.head().await.epoch, 1);
    assert_saw_all(follow, &log).await;
    relay.stop().await;
    log.close().await;
}
