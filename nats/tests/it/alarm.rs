//! The broker acknowledges what it cannot have done: the relay halts and compares the whole stream with the log.

use async_nats::HeaderMap;
use async_nats::jetstream::stream::Config;
use event_store::Recorded;
use futures::StreamExt;
use nats::event::{Timeline, encode};
use nats::{Status, StreamName};
use uuid::Uuid;

use crate::harness::{Broker, Log, Relayed, assert_holds, soon, world};

const STREAM: StreamName = StreamName { epoch: 1, base: 0 };

/// Answers a publish in JetStream's place, with a sequence that is not the expected one.
async fn provoke(log: &Log, broker: &Broker, relay: &mut Relayed) {
    let jetstream = broker.jetstream().await;
    let mut publishes = jetstream.client().subscribe("hansard.evt.>").await.unwrap();
    let config = jetstream.get_stream(STREAM.to_string()).await.unwrap().cached_info().config.clone();
    jetstream.update_stream(Config { no_ack: true, ..config }).await.unwrap();
    log.append(1).await;
    let publish = soon("the publish", publishes.next()).await.unwrap();
    let ack = format!(r#"{{"stream":"{STREAM}","seq":999999}}"#);
    jetstream.client().publish(publish.reply.unwrap(), ack.into()).await.unwrap();
    jetstream.client().flush().await.unwrap();
    relay.until("it halts", |status| !matches!(status, Status::Leading { .. })).await;
}

/// A stream as a broker has it whose files were damaged: its end is good.
async fn make(broker: &Broker, log: &Log, first: impl FnOnce(&Recorded) -> (HeaderMap, Vec<u8>)) {
    let jetstream = broker.jetstream().await;
    let config = Config {
        name: STREAM.to_string(),
        subjects: vec!["hansard.evt.>".to_owned()],
        deny_delete: true,
        deny_purge: true,
        ..Config::default()
    };
    jetstream.create_stream(config).await.unwrap();
    let head = log.head().await;
    let rows = log.all().await;
    let (headers, payload) = first(&rows[0]);
    let good = encode(&rows[1], Timeline { epoch: 1, origin: head.origin }, 1 << 20);
    for (headers, payload) in [(headers, payload.into()), (good.headers, good.payload)] {
        jetstream.publish_with_headers("hansard.evt.0.a.b", headers, payload).await.unwrap().await.unwrap();
    }
}

#[tokio::test]
async fn a_stream_that_is_as_the_log_goes_on() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(0).await;
    log.append(1200).await;
    relay.reaches(1200).await;
    provoke(&log, &broker, &mut relay).await;
    log.append(1).await;
    assert_eq!(relay.reaches(log.head().await.position).await, STREAM);
    assert_holds(&broker, STREAM, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_damaged_stream_is_replaced() {
    let (log, broker) = world().await;
    log.append(2).await;
    make(&broker, &log, |_| (HeaderMap::new(), b"damaged".to_vec())).await;
    let mut relay = Relayed::start(&log, &broker);
    assert_eq!(relay.reaches(2).await, STREAM, "its end is good");
    provoke(&log, &broker, &mut relay).await;
    let replaced = |status| matches!(status, Status::Leading { stream, .. } if stream.base > 0);
    relay.until("another stream", replaced).await;
    assert_eq!(log.head().await.epoch, 1);
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_stream_with_an_event_that_the_log_does_not_hold_begins_an_epoch() {
    let (log, broker) = world().await;
    log.append(2).await;
    let head = log.head().await;
    let other = |recorded: &Recorded| {
        let other = Recorded { event_id: Uuid::from_u128(7), ..recorded.clone() };
        let message = encode(&other, Timeline { epoch: 1, origin: head.origin }, 1 << 20);
        (message.headers, message.payload.to_vec())
    };
    make(&broker, &log, other).await;
    let mut relay = Relayed::start(&log, &broker);
    relay.reaches(2).await;
    provoke(&log, &broker, &mut relay).await;
    relay.until("epoch 2", |status| matches!(status, Status::Leading { stream, .. } if stream.epoch == 2)).await;
    assert_eq!(log.head().await.epoch, 2);
    relay.stop().await;
    log.close().await;
}
