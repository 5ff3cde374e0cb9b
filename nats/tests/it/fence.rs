//! Two who believe that they lead cannot spoil the stream.

use async_nats::HeaderMap;
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use nats::StreamName;
use nats::event::{Timeline, encode};

use crate::harness::{Broker, Log, Relayed, assert_holds, world};

/// A publish as a relay makes it.
async fn publish(broker: &Broker, log: &Log, position: i64, stream: StreamName) -> Result<u64, PublishError> {
    let (head, rows) = (log.head().await, log.reader.after(position - 1, 1).await.unwrap());
    let message = encode(&rows[0], Timeline { epoch: head.epoch, origin: head.origin }, 1 << 20);
    let mut headers: HeaderMap = message.headers;
    headers.insert("Nats-Expected-Stream", stream.to_string());
    headers.insert("Nats-Expected-Last-Sequence", (position - stream.base - 1).to_string());
    let jetstream = broker.jetstream().await;
    let ack = jetstream.publish_with_headers(message.subject, headers, message.payload).await?;
    Ok(ack.await?.sequence)
}

#[tokio::test]
async fn a_zombie_is_refused() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append(10).await;
    relay.reaches(10).await;
    for position in [1, 5, 10] {
        let refused = publish(&broker, &log, position, stream).await.unwrap_err();
        assert_eq!(refused.kind(), PublishErrorKind::WrongLastSequence, "a double of {position}: {refused}");
    }
    // One of another epoch, whose stream had come exactly as far.
    publish(&broker, &log, 10, StreamName { epoch: 9, base: -1 }).await.unwrap_err();
    log.append(1).await;
    relay.reaches(11).await;
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn a_zombie_that_is_ahead_of_the_leader_only_does_its_work() {
    let (log, broker) = world().await;
    let mut relay = Relayed::start(&log, &broker);
    let stream = relay.reaches(0).await;
    log.append_untold(5).await;
    // The relay may find them meanwhile: then this one is refused.
    let _ = publish(&broker, &log, 1, stream).await;
    log.append(5).await;
    relay.reaches(10).await;
    assert_holds(&broker, stream, &log).await;
    relay.stop().await;
    log.close().await;
}

#[tokio::test]
async fn two_leaders_at_once_publish_each_event_once_and_in_order() {
    let (log, broker) = world().await;
    let mut relays = [Relayed::start(&log, &broker), Relayed::start(&log, &broker)];
    let [first, second] = &mut relays;
    let stream = tokio::select! { stream = first.reaches(0) => stream, stream = second.reaches(0) => stream };
    for round in 1..=6 {
        // Whoever leads does not know yet that the other does too.
        log.execute("update relay.lease set expires_at = clock_timestamp() - interval '1 minute'").await;
        for _ in 0..20 {
            log.append(10).await;
        }
        let [first, second] = &mut relays;
        tokio::select! {
            _ = first.reaches(round * 200) => {}
            _ = second.reaches(round * 200) => {}
        }
    }
    assert_eq!(assert_holds(&broker, stream, &log).await, 1200);
    for relay in relays {
        relay.stop().await;
    }
    log.close().await;
}
