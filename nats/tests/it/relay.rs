//! The relay at work: order, sequences, hand-over, configuration.

use std::sync::Arc;
use std::time::Duration;

use event_store::Recorded;
use futures::StreamExt;
use nats::{Retention, Status, StreamName};
use tokio::sync::broadcast;

use crate::harness::{Relayed, assert_holds, soon, world};

#[tokio::test]
async fn each_event_is_at_the_sequence_that_its_position_gives_it() {
    let (log, broker) = world().await;
    log.append(10).await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(10).await;
    assert_eq!(stream, StreamName { epoch: 1, base: 10 }, "what was there before is read from the log");
    for group in [1, 1, 700, 3] {
        log.append(group).await;
    }
    relay.reaches(715).await;
    assert_eq!(assert_holds(&broker, stream, &log).await, 705);

    relay.stop().await;
    log.append(20).await;
    let mut relay = Relayed::start(&log, &broker);
    assert_eq!(relay.reaches(735).await, stream, "a restart goes on where the stream ends");
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn what_was_appended_is_published_before_a_relay_stops() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append(2_000).await;
    relay.stop().await;
    assert_eq!(assert_holds(&broker, stream, &log).await, 2_000);
    log.close().await;
}

#[tokio::test]
async fn of_several_messages_the_first_and_the_last_are_acknowledged() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    let mut published = broker.jetstream().await.client().subscribe("hansard.evt.>").await.unwrap();
    log.append(130).await;
    let stream = relay.reaches(130).await;
    let mut acked = vec![];
    for position in 1..=130 {
        let message = soon("the publish", published.next()).await.unwrap();
        acked.extend(message.reply.map(|_| position));
    }
    assert_eq!(acked, [1, 128, 129, 130], "128 at once");
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_message_of_somebody_else_halts_the_relay() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    broker.jetstream().await.publish("hansard.evt.0.a.b", "foreign".into()).await.unwrap().await.unwrap();
    log.append(3).await;
    let replaced = |status| matches!(status, Status::Leading { stream: other, position: 3 } if other != stream);
    relay.until("another stream", replaced).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn what_nobody_tells_is_found_by_polling() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append_untold(3).await;
    let stream = relay.reaches(3).await;
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn groups_are_handed_over_in_memory() {
    let (log, broker) = world().await;
    let (committed, receiver) = broadcast::channel::<Arc<[Recorded]>>(4);
    let mut relay = Relayed::with(&log, &broker, Retention::default(), Some(receiver));
    let stream = relay.reaches(0).await;

    committed.send(log.append_untold(5).await.into()).unwrap();
    relay.reaches(5).await;
    // Another process commits in between, and a group comes twice.
    log.append_untold(5).await;
    let ours: Arc<[Recorded]> = log.append_untold(5).await.into();
    committed.send(ours.clone()).unwrap();
    committed.send(ours).unwrap();
    relay.reaches(15).await;
    // Faster than the relay can take them: it lags, and reads.
    for _ in 0..50 {
        committed.send(log.append_untold(2).await.into()).unwrap();
    }
    relay.reaches(115).await;
    drop(committed);
    log.append(5).await;
    relay.reaches(120).await;
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn an_event_too_large_for_the_broker_is_named_in_the_stream() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append(1).await;
    log.append_large(2_000_000).await;
    log.append(1).await;
    relay.reaches(3).await;
    assert_holds(&broker, stream, &log).await;
    let message = broker.stream(stream).await.get_raw_message(2).await.unwrap();
    assert!(message.payload.is_empty() && message.headers.get("ce-dataref").is_some());
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn the_stream_takes_new_settings_and_keeps_its_events() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append(5).await;
    relay.reaches(5).await;
    relay.stop().await;

    let retention = Retention { max_age: Duration::from_mins(10), max_bytes: 1 << 20 };
    let mut relay = Relayed::with(&log, &broker, retention, None);
    assert_eq!(relay.reaches(5).await, stream);
    let config = broker.stream(stream).await.cached_info().config.clone();
    assert_eq!((config.max_age, config.max_bytes), (retention.max_age, retention.max_bytes));
    assert!(config.deny_delete && config.deny_purge);
    assert_eq!(config.duplicate_window, Duration::from_millis(100));
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_stream_that_cannot_take_our_settings_is_replaced() {
    let (log, broker) = world().await;
    log.append(3).await;
    let foreign = async_nats::jetstream::stream::Config {
        name: "hansard_e1_b3".to_owned(),
        subjects: vec!["hansard.evt.>".to_owned()],
        storage: async_nats::jetstream::stream::StorageType::Memory,
        ..Default::default()
    };
    broker.jetstream().await.create_stream(foreign).await.unwrap();
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(3).await;
    let config = broker.stream(stream).await.cached_info().config.clone();
    assert_eq!(config.storage, async_nats::jetstream::stream::StorageType::File);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn old_streams_make_room() {
    let (log, broker) = world().await;
    log.execute("update log.head set epoch = 4").await;
    log.append(3).await;
    let jetstream = broker.jetstream().await;
    for (name, subject) in [("hansard_e3_b0", "hansard.evt.>"), ("hansard_e4_b1", "old.a"), ("other", "old.b")] {
        let config = async_nats::jetstream::stream::Config {
            name: name.to_owned(),
            subjects: vec![subject.to_owned()],
            deny_delete: true,
            deny_purge: true,
            ..Default::default()
        };
        jetstream.create_stream(config).await.unwrap();
    }
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(3).await;
    assert_eq!(stream, StreamName { epoch: 4, base: 1 }, "an empty one of this epoch is as good as new");
    assert_eq!(assert_holds(&broker, stream, &log).await, 2);
    let mut names: Vec<String> = futures::TryStreamExt::try_collect(jetstream.stream_names()).await.unwrap();
    names.sort();
    assert_eq!(names, ["hansard_e4_b1", "other"], "another's stream is none of ours");
    relay.stop().await;
    log.close().await;
}
