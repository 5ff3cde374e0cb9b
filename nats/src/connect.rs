//! The connection to NATS: one that comes back by itself for followers, one that ends with its first break for the relay.

use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerAddr};
use tokio_util::sync::CancellationToken;

/// A server that does not answer for twice this long is given up.
const PING_INTERVAL: Duration = Duration::from_secs(10);

/// When a broken connection of the relay would be tried once more.
const RETURN: Duration = Duration::from_millis(200);

/// Where NATS is, and who we are there.
#[derive(Clone)]
pub struct Connect {
    /// Addresses such as `nats://127.0.0.1:4222`, separated by commas; `tls://` for TLS.
    pub servers: String,
    /// User; replies arrive under `_INBOX.<user>`, which is all that it may subscribe to.
    pub user: Option<String>,
    /// Password of the user.
    pub password: Option<String>,
    /// Certificates to trust besides the system's, in PEM.
    pub certificates: Option<PathBuf>,
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("servers", &self.servers).field("user", &self.user).finish_non_exhaustive()
    }
}

/// NATS could not be connected to.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An address is not one.
    #[error("`{address}` is not the address of a NATS server")]
    Address {
        /// What stands in the setting.
        address: String,
        /// Why not.
        source: std::io::Error,
    },
    /// It did not answer, or did not let us in.
    #[error("NATS cannot be reached")]
    Unreachable(#[from] async_nats::ConnectError),
}

/// A connection that keeps trying, from the first attempt on: at once with NATS away. Share it within a process.
///
/// Fails only on settings that cannot work.
pub async fn connect(settings: &Connect) -> Result<Client, ConnectError> {
    let options = settings.options().retry_on_initial_connect().event_callback(|event| async move { tell(&event) });
    Ok(options.connect(settings.addresses()?).await?)
}

/// A connection that ends with its first break.
///
/// What was handed to a connection is sent when it comes back, however late. A publish that waited through a restore of
/// the log must never be sent, so the relay gives up a broken connection and what it holds.
pub(crate) struct Link {
    pub(crate) client: Client,
    /// Cancelled at the break.
    pub(crate) gone: CancellationToken,
}

impl Link {
    /// Connects, in one attempt for each server.
    pub(crate) async fn open(settings: &Connect) -> Result<Self, ConnectError> {
        let addresses = settings.addresses()?;
        let gone = CancellationToken::new();
        let broken = gone.clone();
        let connected = AtomicBool::new(false);
        let client = settings
            .options()
            .max_reconnects(addresses.len())
            // The client tries once more after a break. By then we have dropped it.
            .reconnect_delay_callback(
                move |_| {
                    if connected.swap(true, Ordering::Relaxed) { RETURN } else { Duration::ZERO }
                },
            )
            .event_callback(move |event| {
                if matches!(event, Event::Disconnected | Event::Closed) {
                    broken.cancel();
                }
                async move { tell(&event) }
            })
            .connect(addresses)
            .await?;
        Ok(Self { client, gone })
    }
}

impl Connect {
    fn addresses(&self) -> Result<Vec<ServerAddr>, ConnectError> {
        let parse = |address: &str| {
            address.parse().map_err(|source| ConnectError::Address { address: address.to_owned(), source })
        };
        self.servers.split(',').map(str::trim).map(parse).collect()
    }

    fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::new().ping_interval(PING_INTERVAL);
        if let Some(user) = &self.user {
            options = options
                .user_and_password(user.clone(), self.password.clone().unwrap_or_default())
                .custom_inbox_prefix(format!("_INBOX.{user}"))
                .name(format!("hansard {user}"));
        }
        if let Some(certificates) = &self.certificates {
            options = options.add_root_certificates(certificates.clone());
        }
        options
    }
}

fn tell(event: &Event) {
    match event {
        Event::Connected | Event::Closed | Event::Draining | Event::LameDuckMode => {
            tracing::info!(nats.event = %event, "NATS connection");
        }
        Event::Disconnected | Event::SlowConsumer(_) | Event::ServerError(_) | Event::ClientError(_) => {
            tracing::warn!(nats.event = %event, "NATS connection");
        }
    }
}
