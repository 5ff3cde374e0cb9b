//! Leading: publishing what comes, with a window of acks under way.
//!
//! Every message says which sequence must be the stream's last before it: one that is lost takes all that follow with it.
//! So the ack of the last of several is an ack of them all, that of the first says that nobody else was there before, and
//! others are not asked for: `docs/adr/0013-two-acks-for-several.md`.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::IntoFuture;

use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use async_nats::{Client, HeaderValue};
use event_store::{Recorded, trace_id};
use tokio::sync::watch;

use super::Status;
use super::ended::Ended;
use super::feed::Feed;
use super::open::Opened;
use crate::event::{Message, Timeline, encode};
use crate::stream::StreamName;

/// Acks that are under way at most.
pub(super) const WINDOW: usize = 128;

/// Messages of which the first and the last are acknowledged, at most.
const AT_ONCE: usize = 128;

type Ack = <PublishAckFuture as IntoFuture>::IntoFuture;

/// A relay at work.
pub(super) struct Lead<'a> {
    jetstream: Context,
    /// That of `jetstream`, which makes another each time it is asked.
    client: Client,
    name: StreamName,
    stream: String,
    timeline: Timeline,
    feed: Feed<'a>,
    /// The sequence that each ack must say, oldest first.
    window: VecDeque<(u64, Ack)>,
    status: &'a watch::Sender<Status>,
    published: metrics::Counter,
    position: metrics::Gauge,
    lag: metrics::Gauge,
}

impl<'a> Lead<'a> {
    pub(super) fn new(jetstream: Context, opened: &Opened, feed: Feed<'a>, status: &'a watch::Sender<Status>) -> Self {
        let Opened { name, timeline, place } = *opened;
        tracing::info!(stream.name = %name, event.position = place.position, "the relay leads");
        status.send_replace(Status::Leading { stream: name, position: place.position });
        metrics::gauge!("hansard_relay_leading").set(1.0);
        metrics::gauge!("hansard_relay_epoch").set(f64::from(timeline.epoch));
        let lead = Self {
            client: jetstream.client(),
            jetstream,
            name,
            stream: name.to_string(),
            timeline,
            feed,
            window: VecDeque::with_capacity(WINDOW),
            status,
            published: metrics::counter!("hansard_relay_published_total"),
            position: metrics::gauge!("hansard_relay_position"),
            lag: metrics::gauge!("hansard_relay_lag_events"),
        };
        // Also where there is nothing to publish: a stream made after a wipe begins at the end of the log.
        lead.measure(place.position);
        lead
    }

    /// Publishes until something breaks.
    pub(super) async fn run(mut self) -> Result<Infallible, Ended> {
        loop {
            tokio::select! {
                settled = oldest(&mut self.window) => self.settle(settled)?,
                events = self.feed.next() => for events in events?.chunks(AT_ONCE) {
                    while self.window.len() >= WINDOW {
                        let settled = oldest(&mut self.window).await;
                        self.settle(settled)?;
                    }
                    self.publish(events).await?;
                },
            }
        }
    }

    /// Publishes some events, and asks for the acks of the first and the last.
    async fn publish(&mut self, events: &[Recorded]) -> Result<(), Ended> {
        let last = events.len().saturating_sub(1);
        for (place, event) in events.iter().enumerate() {
            let position = event.position;
            let (sequence, Message { subject, headers, payload, .. }) = self.outgoing(event);
            if place == 0 || place == last {
                let ack = self.jetstream.publish_with_headers(subject, headers, payload).await;
                let ack = ack.map_err(|source| Ended::Publish { position, source })?.into_future();
                self.window.push_back((sequence, ack));
            } else {
                let sent = self.client.publish_with_headers(subject, headers, payload).await;
                let other = |error| PublishError::with_source(PublishErrorKind::Other, error);
                sent.map_err(|error| Ended::Publish { position, source: other(error) })?;
            }
            self.published.increment(1);
        }
        Ok(())
    }

    /// The sequence and the message of an event, with what must be so for the stream to take it.
    fn outgoing(&self, event: &Recorded) -> (u64, Message) {
        let mut message = encode(event, self.timeline, self.client.max_payload());
        let sequence = self.name.sequence(event.position).unwrap_or_default();
        // The name besides the sequence: another epoch's stream takes the same subjects, and may have come as far.
        message.headers.insert(NATS_EXPECTED_STREAM, self.stream.as_str());
        message.headers.insert(NATS_EXPECTED_LAST_SEQUENCE, HeaderValue::from(sequence.saturating_sub(1)));
        tracing::debug!(
            trace.id = message.traceparent.as_deref().and_then(trace_id),
            event.position = event.position,
            traceparent = message.traceparent,
            "relay.publish",
        );
        (sequence, message)
    }

    fn settle(&mut self, (expected, ack): (u64, Result<PublishAck, PublishError>)) -> Result<(), Ended> {
        let position = self.name.position(expected);
        let ack = ack.map_err(|source| Ended::Publish { position, source })?;
        if ack.sequence != expected || ack.duplicate || ack.stream != self.stream {
            return Err(Ended::Acknowledged { position, expected, acked: ack.sequence, stream: ack.stream });
        }
        self.measure(position);
        self.status.send_replace(Status::Leading { stream: self.name, position });
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges; exact to 2^53 events")]
    fn measure(&self, position: i64) {
        self.position.set(position as f64);
        self.lag.set((self.feed.head() - position) as f64);
    }
}

/// The oldest ack under way; none ever if none is. Cancel-safe.
async fn oldest(window: &mut VecDeque<(u64, Ack)>) -> (u64, Result<PublishAck, PublishError>) {
    let Some((expected, ack)) = window.front_mut() else { return std::future::pending().await };
    let settled = (*expected, ack.await);
    window.pop_front();
    settled
}
