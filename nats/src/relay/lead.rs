//! Leading: publishing what comes, with a window of acks under way.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::IntoFuture;

use async_nats::HeaderValue;
use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishAckFuture, PublishError};
use async_nats::jetstream::publish::PublishAck;
use event_store::Recorded;
use tokio::sync::watch;

use super::Status;
use super::ended::Ended;
use super::feed::Feed;
use super::open::Opened;
use crate::event::{Timeline, encode};
use crate::stream::StreamName;

/// Publishes whose acks are under way. More gains nothing: 89,000 to 119,000 a second against 20,000 one by one.
pub(super) const WINDOW: usize = 500;

type Ack = <PublishAckFuture as IntoFuture>::IntoFuture;

/// A relay at work.
pub(super) struct Lead<'a> {
    jetstream: Context,
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
                events = self.feed.next() => for event in events?.iter() {
                    while self.window.len() >= WINDOW {
                        let settled = oldest(&mut self.window).await;
                        self.settle(settled)?;
                    }
                    self.publish(event).await?;
                },
            }
        }
    }

    async fn publish(&mut self, event: &Recorded) -> Result<(), Ended> {
        let position = event.position;
        let message = encode(event, self.timeline, self.jetstream.client().max_payload());
        let sequence = self.name.sequence(position).unwrap_or_default();
        let mut headers = message.headers;
        // The name besides the sequence: another epoch's stream takes the same subjects, and may have come as far.
        headers.insert(NATS_EXPECTED_STREAM, self.stream.as_str());
        headers.insert(NATS_EXPECTED_LAST_SEQUENCE, HeaderValue::from(sequence.saturating_sub(1)));
        tracing::debug!(event.position = position, traceparent = message.traceparent, "relay.publish");
        let ack = self.jetstream.publish_with_headers(message.subject, headers, message.payload).await;
        let ack = ack.map_err(|source| Ended::Publish { position, source })?;
        self.window.push_back((sequence, ack.into_future()));
        Ok(())
    }

    fn settle(&mut self, (expected, ack): (u64, Result<PublishAck, PublishError>)) -> Result<(), Ended> {
        let position = self.name.position(expected);
        let ack = ack.map_err(|source| Ended::Publish { position, source })?;
        if ack.sequence != expected || ack.duplicate || ack.stream != self.stream {
            return Err(Ended::Acknowledged { position, expected, acked: ack.sequence, stream: ack.stream });
        }
        self.published.increment(1);
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
