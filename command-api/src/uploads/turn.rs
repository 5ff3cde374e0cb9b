//! Whose turn it is at an upload. A connection that broke may not have been noticed yet: whoever comes then, takes
//! over.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use api_kit::Problem;
use blob_store::BlobError;
use domain::id::FileId;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::files::store::failed;

/// How long whoever was there, in whatever process, may take to let go.
const LETS_GO_WITHIN: Duration = Duration::from_secs(3);

/// Pause before looking whether they did.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Whose turn it is in this process. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashMap<FileId, CancellationToken>>>);

/// A request's turn at an upload.
pub(super) struct Turn {
    turns: Turns,
    id: FileId,
    over: CancellationToken,
}

impl Turns {
    /// Ends the turn of whoever is there.
    pub(super) fn take(&self, id: FileId) -> Turn {
        let over = CancellationToken::new();
        let before = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, over.clone());
        if let Some(before) = before {
            before.cancel();
        }
        Turn { turns: self.clone(), id, over }
    }
}

impl Turn {
    /// Somebody else has come.
    pub(super) async fn over(&self) {
        self.over.cancelled().await;
    }

    /// What `look` finds once nobody else is there.
    pub(super) async fn alone<T, F>(&self, look: impl Fn() -> F) -> Result<T, Problem>
    where
        F: Future<Output = Result<Option<T>, BlobError>>,
    {
        let deadline = Instant::now() + LETS_GO_WITHIN;
        loop {
            match look().await.map_err(failed)? {
                Some(found) => return Ok(found),
                None if Instant::now() >= deadline || self.over.is_cancelled() => return Err(Problem::Busy),
                None => sleep(LOOK_AGAIN).await,
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.over.is_cancelled() {
            self.turns.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
        }
    }
}
