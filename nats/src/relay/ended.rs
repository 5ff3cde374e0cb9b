//! Why a session of the relay ended.

use async_nats::jetstream::context::PublishError;

use crate::connect::ConnectError;
use crate::lease::Lost;
use crate::place::ReadError;
use crate::pulse::Over;
use crate::stream::StreamName;

#[derive(Debug, thiserror::Error)]
pub(super) enum Ended {
    #[error("NATS cannot be connected to")]
    Connect(#[from] ConnectError),
    #[error("the connection to NATS broke")]
    Disconnected,
    #[error("another relay leads")]
    Lease(#[from] Lost),
    #[error("PostgreSQL does not answer")]
    Unavailable(#[from] sqlx::Error),
    #[error("the session with PostgreSQL is over")]
    Session(#[from] Over),
    #[error("the log does not go on from what was published")]
    Log(#[from] ReadError),
    #[error("JetStream refuses a request")]
    JetStream(#[source] async_nats::Error),
    #[error("the server does not take `{field}` of stream {name}")]
    Configuration { name: StreamName, field: &'static str },
    #[error("the event at position {position} was not published")]
    Publish { position: i64, source: PublishError },
    #[error("the event at position {position} was acknowledged as sequence {acked} of {stream}, expected {expected}")]
    Acknowledged { position: i64, expected: u64, acked: u64, stream: String },
}

impl Ended {
    /// The broker has done what it must never do.
    pub(super) fn is_alarm(&self) -> bool {
        matches!(self, Self::Acknowledged { .. })
    }

    /// Where something else than the log may stand in the stream.
    pub(super) fn suspect(&self) -> Option<i64> {
        match self {
            Self::Acknowledged { .. } => Some(0),
            // What took its place? Those after it in the window may have been taken all the same.
            Self::Publish { position, .. } => Some(*position),
            Self::Connect(_)
            | Self::Disconnected
            | Self::Lease(_)
            | Self::Unavailable(_)
            | Self::Session(_)
            | Self::Log(_)
            | Self::JetStream(_)
            | Self::Configuration { .. } => None,
        }
    }

    /// It happens in the life of a cluster, and opening the next session is all that it takes.
    pub(super) fn is_routine(&self) -> bool {
        matches!(self, Self::Disconnected | Self::Lease(_) | Self::Session(_) | Self::Publish { .. })
    }
}

/// JetStream's errors are a type for each request; all of them end the session.
pub(super) fn refused(error: impl Into<async_nats::Error>) -> Ended {
    Ended::JetStream(error.into())
}
