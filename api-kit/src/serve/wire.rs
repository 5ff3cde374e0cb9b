//! The connection that a request came by, for whoever answers it with much.

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// The connection that a request came by: an extension of each request. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Wire {
    pub(super) cut: CancellationToken,
    pub(super) tasks: TaskTracker,
}

/// Goes with an answer: as long as it is there, its connection may be cut.
#[must_use = "dropped, the connection is not watched any more"]
#[derive(Debug)]
pub struct Watched(#[expect(dead_code, reason = "it works when it is dropped")] DropGuard);

impl Wire {
    /// Cuts the connection in the middle of the answer once `lost` is done, whether the client reads or not. What the
    /// system still has to send is thrown away.
    pub fn cut_once(&self, lost: impl Future<Output = ()> + Send + 'static) -> Watched {
        let (over, cut) = (CancellationToken::new(), self.cut.clone());
        let watched = Watched(over.clone().drop_guard());
        self.tasks.spawn(async move {
            if over.run_until_cancelled(lost).await.is_some() {
                cut.cancel();
            }
        });
        watched
    }
}
