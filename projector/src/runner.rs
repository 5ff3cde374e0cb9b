//! Running: catch up from the log, then follow the feed, batch by batch, for as long as the process lives.

mod opening;
mod standby;

use std::convert::Infallible;
use std::time::{Duration, Instant};

use event_store::Recorded;
use tokio_util::sync::CancellationToken;

use crate::error::ProjectorError;
use crate::event;
use crate::feed::Feed;
use crate::projector::{Projector, ReadPosition};
use crate::target::Target;

impl Projector {
    /// Keeps the serving generation up with the log until `shutdown`. Whatever fails is tried again for ever.
    ///
    /// May be stopped at any point: what is not committed is projected again.
    pub async fn run<F: Feed>(&self, mut feed: F, shutdown: CancellationToken) {
        let (shortest, longest) = self.pace.retry;
        let mut wait = shortest;
        let work = async {
            loop {
                let Err(error) = Box::pin(self.follow(&mut feed, &mut wait)).await;
                match error {
                    ProjectorError::Lost => self.stand_by().await,
                    ProjectorError::Busy => tokio::time::sleep(self.pace.standby).await,
                    ProjectorError::OtherVersions => {
                        tracing::warn!("the read models belong to a newer program: standing by");
                        tokio::time::sleep(longest).await;
                    }
                    ProjectorError::Database(_)
                    | ProjectorError::Keys(_)
                    | ProjectorError::Feed(_)
                    | ProjectorError::OtherHistory
                    | ProjectorError::Gap { .. }
                    | ProjectorError::NothingServes
                    | ProjectorError::NothingToRollBackTo
                    | ProjectorError::NotToBeDropped { .. }
                    | ProjectorError::InUse { .. }
                    | ProjectorError::Beyond { .. }
                    | ProjectorError::NotParked { .. }
                    | ProjectorError::StillPoisonous { .. } => {
                        report(&error, wait);
                        tokio::time::sleep(wait).await;
                        wait = (wait * 2).min(longest);
                    }
                }
            }
        };
        shutdown.run_until_cancelled(work).await.unwrap_or(());
    }

    /// Ends only by an error.
    async fn follow<F: Feed>(&self, feed: &mut F, wait: &mut Duration) -> Result<Infallible, ProjectorError> {
        loop {
            let mut target = self.open().await?;
            self.publish(&target);
            self.catch_up(&mut target).await?;
            *wait = self.pace.retry.0;
            loop {
                let batch = feed.next(target.checkpoint.position, self.pace.batch).await?;
                if batch.epoch != target.checkpoint.epoch {
                    tracing::warn!(log.epoch = batch.epoch, seen.epoch = target.checkpoint.epoch, "another epoch");
                    tokio::time::sleep(self.pace.retry.0).await;
                    break;
                }
                let events = batch.events.len();
                self.take(&mut target, batch.events).await?;
                if let Some(linger) = self.pace.linger(events) {
                    tokio::time::sleep(linger).await;
                }
            }
        }
    }

    /// Applies what the feed handed out, as far as it is new; what it left out comes from the log.
    async fn take(&self, target: &mut Target, mut events: Vec<Recorded>) -> Result<(), ProjectorError> {
        let position = target.checkpoint.position;
        events.retain(|event| event.position > position);
        if events.is_empty() {
            return Ok(());
        }
        if (position + 1..).zip(&events).any(|(position, event)| event.position != position) {
            tracing::warn!(position, "the feed left out events: reading the log");
            return self.catch_up(target).await;
        }
        let started = Instant::now();
        let events = event::open(&self.keyring, events).await?;
        target.apply(&self.pool, &events).await?;
        metrics::histogram!("hansard_projector_batch_seconds").record(started.elapsed().as_secs_f64());
        metrics::counter!("hansard_projector_events_total").increment(events.len() as u64);
        self.publish(target);
        Ok(())
    }

    /// Goes on to the end of the log, in large steps.
    async fn catch_up(&self, target: &mut Target) -> Result<(), ProjectorError> {
        let at = read_position(target);
        self.fill(target, None, &mut |progress| self.show(ReadPosition { position: progress.position, ..at })).await?;
        self.publish(target);
        Ok(())
    }

    fn publish(&self, target: &Target) {
        self.show(read_position(target));
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("hansard_projector_parked_streams").set(target.parked.len() as f64);
    }

    /// Tells the process where the read models are.
    fn show(&self, position: ReadPosition) {
        #[expect(clippy::cast_precision_loss, reason = "a gauge")]
        metrics::gauge!("hansard_projector_position").set(position.position as f64);
        self.seen.send_if_modified(|seen| std::mem::replace(seen, position) != position);
    }
}

fn read_position(target: &Target) -> ReadPosition {
    ReadPosition {
        generation: target.generation.map_or(0, |(generation, _)| generation),
        epoch: target.checkpoint.epoch,
        position: target.checkpoint.position,
    }
}

fn report(error: &ProjectorError, wait: Duration) {
    metrics::counter!("hansard_projector_failures_total").increment(1);
    let error: &(dyn std::error::Error + 'static) = error;
    tracing::warn!(error, retry_ms = wait.as_millis(), "projecting stopped: trying again");
}
