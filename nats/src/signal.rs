//! Signals of calls: core NATS, kept nowhere.

use async_nats::Client;
use async_nats::connection::State;
use uuid::Uuid;

/// A signal did not go out.
#[derive(Debug, thiserror::Error)]
pub enum SignalError {
    /// It would wait for the connection to come back, and be late.
    #[error("NATS is away")]
    Away,
    /// The client does not take it.
    #[error("the signal is not published")]
    Publish(#[from] async_nats::PublishError),
}

/// The subject of signals to somebody: `hansard.sig.<user id>`.
pub fn signal_subject(user: Uuid) -> String {
    format!("hansard.sig.{user}")
}

/// Publishes a signal to somebody: JSON `{"call_id", "from", "payload"}`.
pub async fn send_signal(client: &Client, user: Uuid, json: Vec<u8>) -> Result<(), SignalError> {
    if client.connection_state() != State::Connected {
        return Err(SignalError::Away);
    }
    Ok(client.publish(signal_subject(user), json.into()).await?)
}
