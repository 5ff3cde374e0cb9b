//! The accept loop: slow clients are cut, greedy ones turned away, and on shutdown what runs is finished.

mod connection;
mod refuse;
mod slots;
mod stream;
#[cfg(test)]
mod tests;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use metrics::counter;
use tokio::net::{TcpListener, TcpSocket};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use crate::{Context, TrustedProxies};
pub use wire::{Watched, Wire};

/// What a client may cost, and how long a shutdown may take.
#[derive(Clone, Debug)]
pub struct ServeSettings {
    /// Most connections at once; whoever comes then is answered 503, or nothing where many are being answered so.
    pub connections: usize,
    /// Most connections at once from one address. Loopback and trusted proxies have no such limit.
    pub connections_per_address: usize,
    /// Whose connections stand for many clients.
    pub trusted_proxies: TrustedProxies,
    /// How long a request's head may take to arrive; also how long a connection may idle between requests.
    pub header_within: Duration,
    /// How long a request's body may pause.
    pub body_pause: Duration,
    /// How long a client may take no byte of an answer.
    pub write_pause: Duration,
    /// How long requests may take to finish once shutdown began.
    pub drain_within: Duration,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            connections: 8192,
            connections_per_address: 1024,
            trusted_proxies: TrustedProxies::default(),
            header_within: Duration::from_secs(10),
            body_pause: Duration::from_secs(20),
            write_pause: Duration::from_secs(30),
            drain_within: Duration::from_secs(15),
        }
    }
}

/// How long to wait when nothing more can be accepted, as for want of file descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// Connections that may wait to be accepted. When thousands of clients come back at once, whoever finds the queue full
/// tries again only after a second, whatever it wants.
const WAITING: u32 = 4096;

/// Listens for what [`serve`] accepts. The system may allow fewer connections to wait.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Serves `router` over HTTP/1.1 until `shutdown`; then accepts no more, lets requests finish for as long as
/// [`ServeSettings::drain_within`], cuts the rest, and returns. Upgraded connections belong to whoever upgraded them.
/// `context` makes ids of requests that no router sees, as their connections are refused.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServeSettings,
    context: Context,
    shutdown: CancellationToken,
) {
    let tasks = TaskTracker::new();
    let cut = CancellationToken::new();
    let slots = slots::Slots::new(&settings);
    while let Some(accepted) = shutdown.run_until_cancelled(listener.accept()).await {
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
                continue;
            }
        };
        if let Some(slot) = slots.take(peer.ip()) {
            // One by one, or all at the end of a shutdown.
            let wire = Wire { cut: cut.child_token(), tasks: tasks.clone() };
            let stream = stream::Stream::new(stream, slot, settings.write_pause, wire.cut.clone());
            let client = connection::Client { peer, router: router.clone(), settings: settings.clone(), wire };
            tasks.spawn(client.serve(stream, shutdown.clone()));
        } else {
            counter!("hansard_http_connections_refused_total").increment(1);
            if let Some(slot) = slots.refusal() {
                tasks.spawn(refuse::refuse(stream, context.clone(), slot));
            }
        }
    }
    drop(listener);
    tasks.close();
    info!(connections = tasks.len(), "draining connections");
    if tokio::time::timeout(settings.drain_within, tasks.wait()).await.is_err() {
        warn!(connections = tasks.len(), "cutting connections that did not finish in time");
        cut.cancel();
        tasks.wait().await;
    }
}
