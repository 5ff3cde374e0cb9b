//! A network that may stop: what goes through it then arrives nowhere, and nobody is told.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{advance, pause, resume, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// The way to a PostgreSQL. What uses it ends with the test's runtime.
pub(crate) struct Network {
    options: PgConnectOptions,
    stopped: Mutex<CancellationToken>,
}

impl Network {
    /// The way to the server and database that `options` name.
    pub(crate) async fn to(options: PgConnectOptions, tasks: &TaskTracker) -> Arc<Self> {
        let server = (options.get_host().to_owned(), options.get_port());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let network = Arc::new(Self { options: options.host("127.0.0.1").port(port), stopped: Mutex::default() });
        let (ways, accepted) = (Arc::clone(&network), tasks.clone());
        tasks.spawn(async move {
            loop {
                let Ok((mut client, _)) = listener.accept().await else { return };
                let (server, stopped) = (server.clone(), ways.stopped.lock().unwrap().clone());
                accepted.spawn(async move {
                    let mut server = TcpStream::connect(server).await.unwrap();
                    tokio::select! {
                        biased;
                        // Both ends stay open: neither hears of the other again.
                        () = stopped.cancelled() => std::future::pending().await,
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                    }
                });
            }
        });
        network
    }

    /// How to connect through it.
    pub(crate) fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Stops for the connections that there are; new ones get through.
    pub(crate) fn stop(&self) {
        let before = std::mem::take(&mut *self.stopped.lock().unwrap());
        before.cancel();
    }
}

/// Has so much time be over, some of it at a time, for who waits for one thing after another.
pub(crate) async fn passes(time: Duration) {
    for _ in 0..4 {
        pause();
        advance(time / 4).await;
        resume();
        // Plays a moment in which what is over by now is noticed.
        sleep(Duration::from_millis(50)).await;
    }
}
