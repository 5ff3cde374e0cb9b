//! Leading: publishing what comes, with a window of acks under way.
//!
//! Every message says which sequence must be the stream's last before it: one that is lost or refused takes all that
//! follow with it. So the ack of the last of several is an ack of them all, and only that one is asked for: acks cost
//! broker and relay half of what the messages do.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::IntoFuture;

use async_nats::HeaderValue;
use async_nats::header::{NATS_EXPECTED_LAST_SEQUENCE, NATS_EXPECTED_STREAM};
use async_nats::jetstream::Context;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::publish::PublishAck;
use event_store::Recorded;
use tokio::sync::watch;

use super::Status;
use super::ended::Ended;
use super::feed::Feed;
use super::open::Opened;
use crate::event::{Message, Timeline, encode};
use crate::stream::StreamName;

/// Acks that are under way at most.
pub(super) const WINDOW: usize = 128;

/// Messages of which one is acknowledged, at most.
const ACKED_AT_ONCE: usize = 32;

/// A message as it is published, and the sequence that is its event's.
struct Outgoing {
    message: Message,
    sequence: u64,
}

/// An ack under way: which sequence it must say, and of how many messages it is.
struct Awaited {
    sequence: u64,
    messages: u64,
    ack: <PublishAckFuture as IntoFuture>::IntoFuture,
}

/// One that came, or did not.
struct Settled {
    sequence: u64,
    messages: u64,
    ack: Result<PublishAck, PublishError>,
}

/// A relay at work.
pub(super) struct Lead<'a> {
    jetstream: Context,
    name: StreamName,
    stream: String,
    timeline: Timeline,
    feed: Feed<'a>,
    /// Oldest first.
    window: VecDeque<Awaited>,
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
                events = self.feed.next() => for events in events?.chunks(ACKED_AT_ONCE) {
                    while self.window.len() >= WINDOW {
                        let settled = oldest(&mut self.window).await;
                        self.settle(settled)?;
                    }
                    self.publish(events).await?;
                },
            }
        }
    }

    /// Publishes some events, and asks for the ack of the last.
    async fn publish(&mut self, events: &[Recorded]) -> Result<(), Ended> {
        let Some((last, before)) = events.split_last() else { return Ok(()) };
        for event in before {
            let Outgoing { message, .. } = self.outgoing(event);
            let client = self.jetstream.client();
            let sent = client.publish_with_headers(message.subject, message.headers, message.payload).await;
            let other = |error| PublishError::with_source(PublishErrorKind::Other, error);
            sent.map_err(|error| Ended::Publish { position: event.position, source: other(error) })?;
        }
        let Outgoing { message, sequence } = self.outgoing(last);
        let ack = self.jetstream.publish_with_headers(message.subject, message.headers, message.payload).await;
        let ack = ack.map_err(|source| Ended::Publish { position: last.position, source })?;
        self.window.push_back(Awaited { sequence, messages: events.len() as u64, ack: ack.into_future() });
        Ok(())
    }

    /// The message of an event, with what must be so for the stream to take it.
    fn outgoing(&self, event: &Recorded) -> Outgoing {
        let mut message = encode(event, self.timeline, self.jetstream.client().max_payload());
        let sequence = self.name.sequence(event.position).unwrap_or_default();
        // The name besides the sequence: another epoch's stream takes the same subjects, and may have come as far.
        message.headers.insert(NATS_EXPECTED_STREAM, self.stream.as_str());
        message.headers.insert(NATS_EXPECTED_LAST_SEQUENCE, HeaderValue::from(sequence.saturating_sub(1)));
        tracing::debug!(event.position = event.position, traceparent = message.traceparent, "relay.publish");
        Outgoing { message, sequence }
    }

    fn settle(&mut self, settled: Settled) -> Result<(), Ended> {
        let Settled { sequence: expected, messages, ack } = settled;
        let position = self.name.position(expected);
        let ack = ack.map_err(|source| Ended::Publish { position, source })?;
        if ack.sequence != expected || ack.duplicate || ack.stream != self.stream {
            return Err(Ended::Acknowledged { position, expected, acked: ack.sequence, stream: ack.stream });
        }
        self.published.increment(messages);
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
async fn oldest(window: &mut VecDeque<Awaited>) -> Settled {
    let Some(awaited) = window.front_mut() else { return std::future::pending().await };
    let settled = Settled { sequence: awaited.sequence, messages: awaited.messages, ack: (&mut awaited.ack).await };
    window.pop_front();
    settled
}
