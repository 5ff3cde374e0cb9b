//! Where a stream ends, and what stands there.

use async_nats::jetstream::Context;
use async_nats::jetstream::context::GetStreamErrorKind;
use async_nats::jetstream::stream::{Config, LastRawMessageErrorKind};

use super::StreamName;
use crate::event::{Delivery, Mark, Timeline, decode};

/// The end of a stream.
#[derive(Debug)]
pub(crate) struct Tail {
    pub(crate) name: StreamName,
    /// Sequence of the oldest message that is kept; one more than the last if none is.
    pub(crate) first: u64,
    /// Sequence of the newest message ever; 0 before the first.
    pub(crate) last: u64,
    pub(crate) message: Last,
    pub(crate) config: Config,
}

/// Which event a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) timeline: Timeline,
    pub(crate) position: i64,
    pub(crate) mark: Mark,
}

impl From<Delivery> for Stamp {
    fn from(Delivery { timeline, position, mark, event: _ }: Delivery) -> Self {
        Self { timeline, position, mark }
    }
}

/// What stands at the end of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// Nothing was ever published.
    Nothing,
    /// All that was published has expired.
    Expired,
    /// A message that carries an event.
    Event(Stamp),
    /// A message that is none of ours.
    Foreign,
}

impl Tail {
    /// Position of the last event that was published.
    pub(crate) fn position(&self) -> i64 {
        self.name.position(self.last)
    }
}

/// The end of a stream; none if there is no such stream. Two requests.
pub(crate) async fn tail(jetstream: &Context, name: StreamName) -> Result<Option<Tail>, async_nats::Error> {
    let stream = match jetstream.get_stream(name.to_string()).await {
        Ok(stream) => stream,
        Err(error) => match error.kind() {
            GetStreamErrorKind::JetStream(refused) if refused.code() == 404 => return Ok(None),
            GetStreamErrorKind::EmptyName
            | GetStreamErrorKind::Request
            | GetStreamErrorKind::InvalidStreamName
            | GetStreamErrorKind::JetStream(_) => return Err(error.into()),
        },
    };
    let info = stream.cached_info();
    let last = info.state.last_sequence;
    let message = match (last, info.state.messages) {
        (0, _) => Last::Nothing,
        (_, 0) => Last::Expired,
        _ => match stream.get_raw_message(last).await {
            Ok(message) => decode(&message.headers, &message.payload)
                .map_or(Last::Foreign, |delivery| Last::Event(delivery.into())),
            Err(error) if matches!(error.kind(), LastRawMessageErrorKind::NoMessageFound) => Last::Expired,
            Err(error) => return Err(error.into()),
        },
    };
    Ok(Some(Tail { name, first: info.state.first_sequence, last, message, config: info.config.clone() }))
}
