//! The life of a process: its tasks, what happens when one of them ends, and the order in which all stop.
//!
//! 1. `stopping`: listeners accept no more; requests that run are answered, for as long as draining may take.
//! 2. `closing`: what follows the log ends with what it holds.
//! 3. When no task is left, the last handles on the log are gone, and connections are closed.

mod signals;
mod supervise;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use signals::Signals;

/// How long what follows the log may take to end with what it holds.
const CLOSE_WITHIN: Duration = Duration::from_secs(10);

/// Why a process stopped by itself.
#[derive(Debug, thiserror::Error)]
#[error("{part} cannot go on: {reason}")]
pub struct Failure {
    part: &'static str,
    reason: String,
}

/// The tasks of a process and the two tokens that end them. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    stopping: CancellationToken,
    closing: CancellationToken,
    tasks: TaskTracker,
    /// The first one.
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Lifecycle {
    /// Cancelled when the process begins to stop: nothing new is accepted.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Cancelled when what was accepted is answered: all else ends.
    pub fn closing(&self) -> &CancellationToken {
        &self.closing
    }

    /// Every task of the process.
    pub fn tasks(&self) -> &TaskTracker {
        &self.tasks
    }

    /// Begins to stop because a part cannot go on.
    fn fail(&self, failure: Failure) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(failure);
        self.stopping.cancel();
    }

    /// Waits until the process is to stop, and stops it in order. `draining` ends when all requests are answered.
    pub(crate) async fn run(self, draining: impl Future<Output = ()>) -> Result<(), Failure> {
        self.stopping.cancelled().await;
        tracing::info!("stopping");
        draining.await;
        self.closing.cancel();
        self.tasks.close();
        if timeout(CLOSE_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!(tasks = self.tasks.len(), "some tasks did not end in time");
        }
        match self.failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
            Some(failure) => Err(failure),
            None => Ok(()),
        }
    }
}
