//! Signals of calls: core NATS, kept nowhere.

use std::time::Duration;

use async_nats::Client;
use async_nats::connection::State;
use futures::StreamExt;
use tokio::time::sleep;
use uuid::Uuid;

/// Pause before what failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

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

/// Hears the signals to everybody, until it is dropped. Those that come while NATS is away are lost.
pub async fn hear_signals(client: Client, mut heard: impl FnMut(Uuid, &[u8])) {
    loop {
        match client.subscribe("hansard.sig.*").await {
            Ok(mut arriving) => {
                while let Some(message) = arriving.next().await {
                    if let Some(user) = message.subject.rsplit('.').next().and_then(|user| user.parse().ok()) {
                        heard(user, &message.payload);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "signals of calls are not heard"),
        }
        sleep(AGAIN).await;
    }
}
