//! A stream that was joined, and what it delivers.

use async_nats::jetstream;
use async_nats::jetstream::consumer::pull;
use event_store::Recorded;
use futures::{FutureExt, StreamExt};

use crate::event::{Timeline, decode};
use crate::place::Place;
use crate::stream::StreamName;

/// A stream that was joined.
pub(super) struct Joined {
    stream: StreamName,
    timeline: Timeline,
    messages: pull::Stream,
    /// Taken from the broker, but not delivered yet.
    held: Option<Taken>,
}

/// What the broker delivered.
#[derive(Debug)]
pub(super) enum Taken {
    /// Events that follow upon the place.
    Events(Vec<Recorded>),
    /// The events up to this position are to be read from the log: they expired, or are too large for the broker.
    Missing(i64),
    /// The stream cannot be followed any further.
    Over(String),
}

/// What a single message is to the follower.
enum Single {
    Next(Recorded),
    Double,
    Other(Taken),
}

impl Joined {
    pub(super) fn new(stream: StreamName, timeline: Timeline, messages: pull::Stream) -> Self {
        Self { stream, timeline, messages, held: None }
    }

    /// Waits for what follows upon `place`, up to `max` events. Cancel-safe: it waits only before it takes the first.
    pub(super) async fn take(&mut self, mut place: Place, max: usize) -> Taken {
        if let Some(held) = self.held.take() {
            return held;
        }
        let mut message = self.messages.next().await;
        let mut events = Vec::new();
        loop {
            match self.single(message, place) {
                Single::Next(event) => {
                    place = Place::of(&event);
                    events.push(event);
                }
                Single::Double => {}
                Single::Other(taken) if events.is_empty() => return taken,
                Single::Other(taken) => {
                    self.held = Some(taken);
                    return Taken::Events(events);
                }
            }
            if events.len() == max {
                return Taken::Events(events);
            }
            message = match self.messages.next().now_or_never() {
                Some(message) => message,
                // Nothing but doubles: as good as nothing.
                None => return Taken::Events(events),
            };
        }
    }

    fn single(&self, message: Option<Result<jetstream::Message, pull::MessagesError>>, place: Place) -> Single {
        let over = |reason: String| Single::Other(Taken::Over(reason));
        let message = match message {
            Some(Ok(message)) => message,
            Some(Err(error)) => return over(error.to_string()),
            None => return over("the subscription ended".to_owned()),
        };
        let position = match message.info() {
            Ok(info) => self.stream.position(info.stream_sequence),
            Err(error) => return over(error.to_string()),
        };
        let delivery = message.headers.as_ref().map(|headers| decode(headers, &message.payload));
        let delivery = match delivery {
            Some(Ok(delivery)) => delivery,
            Some(Err(malformed)) => return over(format!("a message that is no event: {malformed}")),
            None => return over("a message that is no event".to_owned()),
        };
        if delivery.position != position || delivery.timeline != self.timeline {
            return over(format!("an event of another place at position {position}"));
        }
        if position == place.position && place.mark.is_some_and(|mark| mark != delivery.mark) {
            return over(format!("another event at position {position}"));
        }
        match delivery.event {
            _ if position <= place.position => Single::Double,
            Some(event) if position == place.position + 1 => Single::Next(event),
            _ => Single::Other(Taken::Missing(position)),
        }
    }
}
