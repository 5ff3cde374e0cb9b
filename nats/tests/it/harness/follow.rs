//! A follower, and what it was told.

use event_store::{Notifications, Reader, Recorded};
use nats::{Batch, Checkpoint, FollowError, Follower, Settings, Source};
use sqlx::PgPool;
use tokio_util::task::TaskTracker;

use super::{Broker, Log, soon};

/// A follower, and what it was told.
pub(crate) struct Follow {
    pub(crate) follower: Follower,
    pub(crate) seen: Vec<Recorded>,
    pub(crate) sources: Vec<Source>,
}

impl Follow {
    /// Follows the broker, or PostgreSQL where it must.
    pub(crate) async fn new(log: &Log, broker: &Broker, from: impl Into<Checkpoint>) -> Self {
        let client = nats::connect(&broker.connect("projector")).await.unwrap();
        Self::with(log, Some(client), from)
    }

    pub(crate) fn with(log: &Log, client: Option<async_nats::Client>, from: impl Into<Checkpoint>) -> Self {
        Self::over(log.as_role("hansard_projector"), client, from)
    }

    /// Follows the log that a pool leads to.
    pub(crate) fn over(pool: PgPool, client: Option<async_nats::Client>, from: impl Into<Checkpoint>) -> Self {
        let (notifications, reader) = (Notifications::new(&pool, TaskTracker::new()), Reader::new(pool));
        let settings = Settings { client, reader, notifications, name: "test".to_owned() };
        Self { follower: Follower::new(settings, from), seen: Vec::new(), sources: Vec::new() }
    }

    pub(crate) async fn next(&mut self, max: usize) -> Result<Source, FollowError> {
        let batch = soon("the next batch", self.follower.next(max)).await?;
        Ok(self.take(batch, max))
    }

    /// Notes a batch, which must follow upon what was seen.
    pub(crate) fn take(&mut self, batch: Batch, max: usize) -> Source {
        assert!((1..=max).contains(&batch.events.len()), "{} events of at most {max}", batch.events.len());
        for event in batch.events {
            if let Some(last) = self.seen.last() {
                assert_eq!(event.position, last.position + 1, "in order, without gap or double");
            }
            self.seen.push(event);
        }
        if self.sources.last() != Some(&batch.source) {
            self.sources.push(batch.source);
        }
        batch.source
    }

    /// Follows up to a position.
    pub(crate) async fn until(&mut self, position: i64) {
        while self.follower.checkpoint().position < position {
            self.next(100).await.unwrap();
        }
    }

    /// Follows what is appended, one event at a time, until it comes from `source`.
    pub(crate) async fn until_from(&mut self, log: &Log, source: Source) {
        loop {
            log.append(1).await;
            if self.next(100).await.unwrap() == source {
                return;
            }
        }
    }

    /// Follows until there is something else to say.
    pub(crate) async fn until_error(&mut self) -> FollowError {
        loop {
            if let Err(error) = self.next(100).await {
                return error;
            }
        }
    }
}
