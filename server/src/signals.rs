//! Signals of calls, carried by NATS.

use async_nats::Client;
use command_api::{NotSent, Sending, Signal, Signals};
use domain::id::UserId;

/// Carries signals by core NATS.
pub(crate) struct Carrier(pub(crate) Client);

impl Signals for Carrier {
    fn send<'a>(&'a self, to: UserId, signal: &'a Signal) -> Sending<'a> {
        Box::pin(async move {
            let json = serde_json::to_vec(signal).map_err(|_| NotSent)?;
            nats::send_signal(&self.0, to.0, json).await.map_err(|error| {
                tracing::warn!(%error, "a signal of a call did not go out");
                NotSent
            })
        })
    }
}
