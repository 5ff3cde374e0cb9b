//! What every test needs: a log, a broker, relays and followers over them.

mod broker;
mod follow;
mod log;
mod relay;

use std::time::Duration;

pub(crate) use broker::{Broker, PASSWORD};
pub(crate) use follow::Follow;
pub(crate) use log::Log;
pub(crate) use relay::{Relayed, assert_holds};

/// What takes longer will never come.
const PATIENCE: Duration = Duration::from_mins(1);

/// Shows what is logged with the test that fails.
pub(crate) fn listen() {
    let _ = tracing_subscriber::fmt().with_test_writer().try_init();
}

/// Waits for what must come.
pub(crate) async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// A log and a broker.
pub(crate) async fn world() -> (Log, Broker) {
    tokio::join!(Log::new(), Broker::new())
}
