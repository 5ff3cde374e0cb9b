//! A follower of the log, from wherever whoever takes its events has come.

use event_store::{Reader, Recorded, Store};
use nats::{FollowError, Follower};

/// A follower of the log, from wherever whoever takes its events has come.
pub(crate) struct Following {
    reader: Reader,
    follower: Follower,
    /// The log's, as last heard.
    epoch: i32,
    /// The follower's place is not to be relied on.
    astray: bool,
}

/// Events cannot be had now.
type Error = Box<dyn std::error::Error + Send + Sync>;

impl Following {
    /// One that also takes what `appending` hands over, if this process appends.
    pub(crate) fn new(settings: nats::Settings, appending: Option<&Store>) -> Self {
        let reader = settings.reader.clone();
        let follower = Follower::new(settings, (0, 0)).handed(appending.map(Store::committed));
        Self { reader, follower, epoch: 0, astray: true }
    }

    /// Epoch and up to `max` events that follow upon `after`; none where a new epoch has begun.
    pub(crate) async fn after(&mut self, after: i64, max: usize) -> Result<(i32, Vec<Recorded>), Error> {
        if self.epoch == 0 {
            self.epoch = self.reader.head().await?.epoch;
        }
        if self.astray || self.follower.checkpoint().position != after {
            self.follower.rewind((self.epoch, after));
            self.astray = false;
        }
        match self.follower.next(max).await {
            Ok(batch) => Ok((batch.epoch, batch.events)),
            Err(FollowError::EpochChanged { epoch, .. }) => {
                (self.epoch, self.astray) = (epoch, true);
                Ok((epoch, vec![]))
            }
            Err(diverged @ FollowError::Diverged { .. }) => {
                self.astray = true;
                Err(diverged.into())
            }
        }
    }
}

impl projector::Feed for Following {
    async fn next(&mut self, after: i64, max: usize) -> Result<projector::Batch, projector::FeedError> {
        let (epoch, events) = self.after(after, max).await.map_err(projector::FeedError)?;
        Ok(projector::Batch { epoch, events })
    }
}

impl query_api::stream::Feed for Following {
    async fn next(&mut self, after: i64, max: usize) -> Result<query_api::stream::Fed, Error> {
        let (epoch, events) = self.after(after, max).await?;
        Ok(query_api::stream::Fed { epoch, events })
    }
}
