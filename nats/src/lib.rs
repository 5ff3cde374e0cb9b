//! Distribution: the relay from the log to JetStream, and followers.
//!
//! PostgreSQL is the truth and NATS an accelerator: a stream may be wiped, rolled back or missing for a day, and what is
//! delivered stays the log, in order, without gap. The names on the wire are in this folder's `README.md`.

mod connect;
pub mod event;
mod follow;
mod handed;
mod lease;
mod place;
mod pulse;
mod relay;
mod signal;
mod stream;
pub mod subject;
mod whisper;

pub use async_nats::Client;
pub use connect::{Connect, ConnectError, connect};
pub use follow::{Batch, Checkpoint, FollowError, Follower, Settings, Source};
pub use lease::Lease;
pub use relay::{Relay, Settings as RelaySettings, Status};
pub use signal::{SignalError, hear_signals, send_signal, signal_subject};
pub use stream::{Retention, StreamName};
pub use whisper::pass_on;
