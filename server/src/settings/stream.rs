//! How clients are told what happens.

use std::num::NonZeroU16;
use std::time::Duration;

use query_api::stream::StreamSettings;

use super::quantity::{duration, lasting};

/// What is told, as it happens.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Stream")]
pub struct Stream {
    /// Frames that may wait for a client: one that does not keep up is cut off, and comes back.
    #[arg(long, env = "HANSARD_STREAM_QUEUE", value_name = "FRAMES", default_value = "512")]
    pub stream_queue: NonZeroU16,

    /// How often it is told, at most, how far somebody has read a room. A number with a unit: ms, s.
    #[arg(long, env = "HANSARD_STREAM_READS_EVERY", value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub stream_reads_every: Duration,

    /// How long a client may give no sign of life; it is asked for one before. A number with a unit: ms, s.
    #[arg(long, env = "HANSARD_STREAM_SILENCE", value_name = "TIME", default_value = "75s", value_parser = lasting)]
    pub stream_silence: Duration,
}

impl Stream {
    /// What the hub goes by.
    pub(crate) fn hub(&self) -> StreamSettings {
        StreamSettings {
            queue: usize::from(self.stream_queue.get()),
            reads_every: self.stream_reads_every,
            silence: self.stream_silence,
        }
    }
}
