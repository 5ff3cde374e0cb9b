//! PostgreSQL is restored from an older copy while NATS is ahead: a new epoch, and nothing of the lost timeline.

use std::collections::HashSet;
use std::sync::Arc;

use event_store::Recorded;
use nats::event::Mark;
use nats::{Checkpoint, FollowError, Retention, Source, Status};
use tokio::sync::broadcast::{self, Sender};
use uuid::Uuid;

use crate::harness::{Broker, Follow, Log, Relayed, assert_holds, world};

/// Has the log end with another event, as one that was restored and has gone on otherwise, and nobody hears of it.
const OTHERWISE: &str = "begin; set local session_replication_role = replica; \
    update log.events set event_id = gen_random_uuid() where position = (select position from log.head); commit";

/// One that is handed over what is sent.
fn handed(log: &Log) -> (Sender<Arc<[Recorded]>>, Follow) {
    let (committed, receiver) = broadcast::channel(8);
    let follow = Follow::with(log, None, (1, 0));
    (committed, Follow { follower: follow.follower.handed(Some(receiver)), ..follow })
}

async fn leads_epoch(relay: &mut Relayed, epoch: i32) {
    let leads = |status| matches!(status, Status::Leading { stream, .. } if stream.epoch == epoch);
    relay.until(&format!("epoch {epoch}"), leads).await;
}

/// The ids of the events that only a lost timeline had.
async fn lost(log: &Log, after: i64) -> HashSet<Uuid> {
    log.reader.after(after, i64::MAX).await.unwrap().iter().map(|event| event.event_id).collect()
}

/// Follows an epoch from `from` to the log's end and beyond, out of the stream.
async fn follows(log: &Log, broker: &Broker, from: Checkpoint, lost: &HashSet<Uuid>) {
    let mut follow = Follow::new(log, broker, from).await;
    follow.until(log.head().await.position).await;
    follow.until_from(log, Source::Stream).await;
    assert!(follow.seen.iter().all(|event| !lost.contains(&event.event_id)), "an event of the lost timeline");
    let expected = log.reader.after(from.position, i64::MAX).await.unwrap();
    assert!(follow.seen == expected, "the log as it is");
}

#[tokio::test]
async fn while_all_run() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append(20).await;
    relay.reaches(20).await;
    let origin = log.head().await.origin;
    log.backup().await;
    log.append(10).await;
    relay.reaches(30).await;
    let mut follow = Follow::new(&log, &broker, (1, 0)).await;
    follow.until(30).await;
    follow.until_from(&log, Source::Stream).await;
    let lost = lost(&log, 20).await;

    log.restore().await;
    leads_epoch(&mut relay, 2).await;
    let head = log.head().await;
    assert_eq!((head.position, head.epoch), (20, 2));
    assert_ne!(head.origin, origin);
    let told = follow.until_error().await;
    let position = follow.seen.last().unwrap().position;
    let expected = [FollowError::EpochChanged { epoch: 2, head: 20 }, FollowError::Diverged { position, head: 20 }];
    assert!(expected.contains(&told), "{told:?}");

    log.append(5).await;
    follows(&log, &broker, (2, 0).into(), &lost).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn and_has_gone_on_past_the_stream_before_anyone_looks() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let kept = log.append(20).await;
    relay.reaches(20).await;
    log.backup().await;
    log.append(10).await;
    relay.reaches(30).await;
    relay.stop().await;
    let lost = lost(&log, 20).await;
    log.restore().await;
    log.append(30).await;

    // Nobody has begun an epoch yet, and the stream holds 21 to 30 of the lost timeline.
    let mut early = Follow::new(&log, &broker, (1, 20)).await;
    early.until(50).await;
    log.append(5).await;
    early.until(55).await;
    assert_eq!(early.sources, [Source::Log], "the stream is not believed");
    assert!(early.seen.iter().all(|event| !lost.contains(&event.event_id)));

    let mut relay = Relayed::start(&log, &broker);
    leads_epoch(&mut relay, 2).await;
    assert_eq!(early.until_error().await, FollowError::EpochChanged { epoch: 2, head: 55 });
    let known = Checkpoint { epoch: 2, position: 20, event: Some(Mark::of(&kept[19])) };
    follows(&log, &broker, known, &lost).await;
    let stream = relay.reaches(log.head().await.position).await;
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn and_the_same_commands_were_repeated() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append(20).await;
    log.backup().await;
    let lost = log.append(10).await;
    relay.reaches(30).await;
    let mut follow = Follow::with(&log, None, (1, 0));
    follow.until(30).await;
    relay.stop().await;
    log.restore().await;
    log.append_again(&lost).await;
    let again = log.reader.after(29, 1).await.unwrap();
    assert_eq!((again[0].event_id, again[0].position), (lost[9].event_id, 30), "told apart by the time alone");

    assert_eq!(follow.until_error().await, FollowError::Diverged { position: 30, head: 30 });
    let mut relay = Relayed::start(&log, &broker);
    leads_epoch(&mut relay, 2).await;
    follow.follower.rewind((2, 20));
    follow.seen.clear();
    follow.until(30).await;
    assert!(follow.seen == log.reader.after(20, 10).await.unwrap());
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn twice_to_the_same_copy() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append(5).await;
    relay.reaches(5).await;
    log.backup().await;
    log.append(5).await;
    relay.reaches(10).await;
    log.restore().await;
    leads_epoch(&mut relay, 2).await;
    relay.stop().await;

    // The log forgets that there was an epoch 2, which others may have followed.
    log.execute("update log.head set epoch = 1").await;
    let mut relay = Relayed::start(&log, &broker);
    leads_epoch(&mut relay, 3).await;
    let mut follow = Follow::new(&log, &broker, (2, 5)).await;
    assert_eq!(follow.next(10).await.unwrap_err(), FollowError::EpochChanged { epoch: 3, head: 5 });
    follow.follower.rewind((3, 5));
    follow.until_from(&log, Source::Stream).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn without_a_broker_a_follower_finds_it_out_alone() {
    let log = Log::new().await;
    log.append(20).await;
    log.backup().await;
    log.append(10).await;
    let mut follow = Follow::with(&log, None, (1, 0));
    follow.until(30).await;
    let last = follow.follower.checkpoint();
    log.restore().await;
    assert_eq!(follow.until_error().await, FollowError::Diverged { position: 30, head: 20 });
    log.append(20).await;
    assert_eq!(follow.next(10).await.unwrap_err(), FollowError::Diverged { position: 30, head: 40 });
    let mut again = Follow::with(&log, None, last);
    assert_eq!(again.next(10).await.unwrap_err(), FollowError::Diverged { position: 30, head: 40 });
    again.follower.rewind((1, 20));
    again.until(40).await;
    log.close().await;
}

#[tokio::test]
async fn while_what_it_lost_waits_to_be_taken_from_memory() {
    let log = Log::new().await;
    let (committed, mut follow) = handed(&log);
    log.append(20).await;
    follow.until(20).await;
    log.backup().await;
    for _ in 0..3 {
        committed.send(log.append(1).await.into()).unwrap();
    }
    log.restore().await;
    log.append(3).await;
    follow.until(23).await;
    assert!(follow.seen == log.all().await, "the log as it is");

    committed.send(Arc::default()).unwrap();
    for _ in 0..2 {
        committed.send(log.append(1).await.into()).unwrap();
    }
    follow.until(25).await;
    assert!(follow.seen == log.all().await);
    assert_eq!(follow.sources, [Source::Log, Source::Committer], "what follows upon what is known to be so");
    log.close().await;
}

#[tokio::test]
async fn and_the_committer_is_the_first_to_go_on() {
    let log = Log::new().await;
    let (committed, mut follow) = handed(&log);
    for _ in 0..2 {
        committed.send(log.append(1).await.into()).unwrap();
    }
    follow.until(2).await;
    assert_eq!(follow.sources, [Source::Log, Source::Committer]);
    log.execute(OTHERWISE).await;
    committed.send(Arc::default()).unwrap();
    committed.send(log.append_untold(1).await.into()).unwrap();
    assert_eq!(follow.next(10).await.unwrap_err(), FollowError::Diverged { position: 2, head: 3 });
    log.close().await;
}

#[tokio::test]
async fn and_the_committer_goes_on_before_the_relay_has_noticed() {
    let (log, broker) = world().await;
    let (committed, receiver) = broadcast::channel::<Arc<[Recorded]>>(8);
    let mut relay = Relayed::with(&log, &broker, Retention::default(), Some(receiver));
    relay.reaches(0).await;
    for _ in 0..2 {
        committed.send(log.append_untold(1).await.into()).unwrap();
    }
    relay.reaches(2).await;
    log.execute(OTHERWISE).await;
    committed.send(Arc::default()).unwrap();
    committed.send(log.append_untold(1).await.into()).unwrap();
    leads_epoch(&mut relay, 2).await;
    relay.stop().await;
    log.close().await;
}
