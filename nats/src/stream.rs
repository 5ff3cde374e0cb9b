//! The stream that holds the tail of the log: its name, and finding it.

mod config;
mod tail;

use std::fmt;
use std::str::FromStr;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::{ContextBuilder, StreamsError};
use futures::TryStreamExt;
use std::time::Duration;

pub use config::Retention;
pub(crate) use config::{Difference, config, difference};
#[cfg(test)]
pub(crate) use tail::Stamp;
pub(crate) use tail::{Last, Tail, tail};

/// How long the broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The name of a stream, `hansard_e<epoch>_b<base>`: the message at sequence s is the event at position base + s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    /// The history of the log that it holds.
    pub epoch: i32,
    /// Position of the event before its first.
    pub base: i64,
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "hansard_e{}_b{}", self.epoch, self.base)
    }
}

/// Another name than ours.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a stream of the log")]
pub struct NotOurs;

impl FromStr for StreamName {
    type Err = NotOurs;

    fn from_str(name: &str) -> Result<Self, NotOurs> {
        let (epoch, base) = name.strip_prefix("hansard_e").and_then(|rest| rest.split_once("_b")).ok_or(NotOurs)?;
        let parsed = Self { epoch: epoch.parse().map_err(|_| NotOurs)?, base: base.parse().map_err(|_| NotOurs)? };
        // `+1` and `01` are numbers too, but other names.
        if parsed.to_string() == name { Ok(parsed) } else { Err(NotOurs) }
    }
}

impl StreamName {
    /// The position of the message at `sequence`.
    pub(crate) fn position(self, sequence: u64) -> i64 {
        self.base.saturating_add_unsigned(sequence)
    }

    /// The sequence of the event at `position`; none for what lies before the stream.
    pub(crate) fn sequence(self, position: i64) -> Option<u64> {
        u64::try_from(position - self.base).ok().filter(|sequence| *sequence > 0)
    }
}

/// JetStream over a connection, with room for as many acks as we have under way.
pub(crate) fn jetstream(client: async_nats::Client, in_flight: usize) -> Context {
    ContextBuilder::new().timeout(PATIENCE).max_ack_inflight(in_flight).build(client)
}

/// The streams of the log, oldest first. Usually one.
pub(crate) async fn ours(jetstream: &Context) -> Result<Vec<StreamName>, StreamsError> {
    let names: Vec<String> = jetstream.stream_names().try_collect().await?;
    let mut ours: Vec<StreamName> = names.iter().filter_map(|name| name.parse().ok()).collect();
    ours.sort_unstable();
    Ok(ours)
}

#[cfg(test)]
mod tests;
