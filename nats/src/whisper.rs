//! What the query APIs of an instance tell each other in passing: core NATS, kept by nobody.

use std::time::Duration;

use async_nats::Client;
use futures::StreamExt;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::sleep;

/// Where it is said.
pub(crate) const SUBJECT: &str = "hansard.live";

/// Pause before what failed is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Says what `said` says, and has heard what anybody says, oneself too, until no more is said. What is said while NATS is
/// away is lost.
pub async fn pass_on(client: Client, mut said: broadcast::Receiver<String>, mut heard: impl FnMut(&[u8])) {
    let mut subscription = loop {
        match client.subscribe(SUBJECT).await {
            Ok(subscription) => break subscription,
            Err(error) => tracing::warn!(%error, "what others say in passing is not heard"),
        }
        sleep(AGAIN).await;
    };
    loop {
        tokio::select! {
            text = said.recv() => match text {
                Ok(text) => {
                    if let Err(error) = client.publish(SUBJECT, text.into()).await {
                        tracing::debug!(%error, "what was said in passing is lost");
                    }
                }
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            },
            Some(message) = subscription.next() => heard(&message.payload),
        }
    }
}
