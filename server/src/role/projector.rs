//! The role `projector`: the log becomes read models.

use event_store::{Reader, Store};
use nats::{FollowError, Follower};
use projector::{Batch, Feed, FeedError, Projector};

use crate::lifecycle::Lifecycle;

/// Begins to project what `following` follows, and what `appending` hands over if this process appends too; and to purge
/// what is erased.
pub(crate) fn start(lifecycle: &Lifecycle, projector: Projector, following: nats::Settings, appending: Option<Store>) {
    let (closing, purging) = (lifecycle.closing().clone(), projector.clone());
    lifecycle.supervise("purge", move || {
        let (projector, closing) = (purging.clone(), closing.clone());
        async move { projector.purge(closing).await }
    });
    let closing = lifecycle.closing().clone();
    lifecycle.supervise("projector", move || {
        let (projector, feed, closing) =
            (projector.clone(), Following::new(following.clone(), appending.as_ref()), closing.clone());
        async move { projector.run(feed, closing).await }
    });
}

/// A follower of the log as the projector wants it fed: from wherever its checkpoint is.
struct Following {
    reader: Reader,
    follower: Follower,
    /// The log's, as last heard.
    epoch: i32,
    /// The follower's place is not to be relied on.
    astray: bool,
}

impl Following {
    fn new(settings: nats::Settings, appending: Option<&Store>) -> Self {
        let reader = settings.reader.clone();
        let follower = Follower::new(settings, (0, 0)).handed(appending.map(Store::committed));
        Self { reader, follower, epoch: 0, astray: true }
    }
}

impl Feed for Following {
    async fn next(&mut self, after: i64, max: usize) -> Result<Batch, FeedError> {
        if self.epoch == 0 {
            self.epoch = self.reader.head().await.map_err(|error| FeedError(error.into()))?.epoch;
        }
        if self.astray || self.follower.checkpoint().position != after {
            self.follower.rewind((self.epoch, after));
            self.astray = false;
        }
        match self.follower.next(max).await {
            Ok(batch) => Ok(Batch { epoch: batch.epoch, events: batch.events }),
            Err(FollowError::EpochChanged { epoch, .. }) => {
                (self.epoch, self.astray) = (epoch, true);
                Ok(Batch { epoch, events: vec![] })
            }
            Err(diverged @ FollowError::Diverged { .. }) => {
                self.astray = true;
                Err(FeedError(diverged.into()))
            }
        }
    }
}
