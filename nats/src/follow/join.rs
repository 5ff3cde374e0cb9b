//! Joining the stream: finding it, and finding its end in the log.

use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use event_store::Reader;

use super::joined::Joined;
use crate::event::Timeline;
use crate::place::{Place, ReadError};
use crate::stream::{Last, jetstream, ours, tail};

/// Events asked for at once.
const BATCH: usize = 500;
/// A relay that is further behind than this many events would tell nothing new for a while.
const NEAR: i64 = 1000;
/// The broker speaks at least this often.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// A pull request is renewed this often.
const EXPIRY: Duration = Duration::from_secs(30);
/// The broker forgets a consumer that nobody asks for this long.
const INACTIVE: Duration = Duration::from_secs(10);

/// The stream cannot be joined now.
#[derive(Debug, thiserror::Error)]
pub(super) enum JoinError {
    #[error("NATS is away")]
    Away,
    #[error("there is no stream of this epoch")]
    NoStream,
    #[error("the stream does not end as the log has it")]
    OtherTimeline,
    #[error("the stream begins later")]
    Behind,
    #[error("the stream is behind")]
    Ahead,
    #[error("the log cannot be read")]
    Log(#[from] ReadError),
    #[error("JetStream refuses a request")]
    JetStream(#[source] async_nats::Error),
}

fn refused(error: impl Into<async_nats::Error>) -> JoinError {
    JoinError::JetStream(error.into())
}

/// Joins the stream where it follows upon `place`.
///
/// The stream's end is looked up in the log after it was read from the stream: a stream of ours is never ahead.
pub(super) async fn join(
    client: Client,
    reader: Reader,
    timeline: Timeline,
    name: String,
    place: Place,
) -> Result<Joined, JoinError> {
    if client.connection_state() != State::Connected {
        return Err(JoinError::Away);
    }
    let jetstream = jetstream(client, 1);
    let names = ours(&jetstream).await.map_err(refused)?;
    let stream = *names.iter().rfind(|name| name.epoch == timeline.epoch).ok_or(JoinError::NoStream)?;
    let tail = tail(&jetstream, stream).await.map_err(JoinError::JetStream)?.ok_or(JoinError::NoStream)?;
    let mark = match &tail.message {
        Last::Nothing => None,
        Last::Event(event) if event.timeline == timeline && event.position == tail.position() => Some(event.mark),
        Last::Event(_) | Last::Expired | Last::Foreign => return Err(JoinError::OtherTimeline),
    };
    let end = Place { position: tail.position(), mark };
    match end.check(&reader).await {
        Ok(_) => {}
        Err(ReadError::Diverged(_)) => return Err(JoinError::OtherTimeline),
        Err(error) => return Err(error.into()),
    }
    if place.position + 1 < stream.position(tail.first.max(1)) {
        return Err(JoinError::Behind);
    }
    if tail.position() + NEAR < place.position {
        return Err(JoinError::Ahead);
    }
    // What we have is told again if the stream has not come as far.
    let start_sequence = stream.sequence(place.position + 1).ok_or(JoinError::Behind)?.min(tail.last + 1);
    let consumer = pull::Config {
        description: Some(name),
        deliver_policy: DeliverPolicy::ByStartSequence { start_sequence },
        ack_policy: AckPolicy::None,
        inactive_threshold: INACTIVE,
        memory_storage: true,
        ..pull::Config::default()
    };
    let consumer = jetstream.create_consumer_on_stream(consumer, stream.to_string()).await.map_err(refused)?;
    let messages = consumer.stream().max_messages_per_batch(BATCH).heartbeat(HEARTBEAT).expires(EXPIRY).messages();
    Ok(Joined::new(stream, timeline, messages.await.map_err(refused)?))
}
