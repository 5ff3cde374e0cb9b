//! What the committer of this process hands over in memory: the quickest way from the log to whoever follows it.

use std::sync::Arc;
use std::time::Duration;

use event_store::Recorded;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// A group of our own process is told by PostgreSQL at about the time it is handed over: reading it waits this long.
pub(crate) const GRACE: Duration = Duration::from_millis(2);

/// The next group that this process commits; none, at once, where it commits none. Cancel-safe.
pub(crate) async fn receive(
    committed: Option<&mut Receiver<Arc<[Recorded]>>>,
) -> Option<Result<Arc<[Recorded]>, RecvError>> {
    match committed {
        Some(committed) => Some(committed.recv().await),
        None => None,
    }
}
