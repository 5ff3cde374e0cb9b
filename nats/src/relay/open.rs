//! Opening: the one stream of the log's epoch, found or made, and compared with the log.

use async_nats::jetstream::Context;
use event_store::{Head, Reader};
use sqlx::PgPool;

use super::compare::{Found, compare};
use super::ended::{Ended, refused};
use super::judge::{Verdict, judge};
use crate::event::{Mark, Timeline};
use crate::place::Place;
use crate::stream::{Difference, Retention, StreamName, Tail, config, difference, ours, tail};

/// A stream that holds the log up to a place.
pub(super) struct Opened {
    pub(super) name: StreamName,
    pub(super) timeline: Timeline,
    pub(super) place: Place,
}

/// The streams of the log, and the log.
pub(super) struct Streams<'a> {
    pub(super) jetstream: &'a Context,
    pub(super) pool: &'a PgPool,
    pub(super) reader: &'a Reader,
}

impl Streams<'_> {
    /// Finds or makes the stream, and compares its end with the log, or all of it from a suspect position on.
    pub(super) async fn open(&self, retention: Retention, suspect: Option<i64>) -> Result<Opened, Ended> {
        loop {
            if let Some(opened) = self.attempt(retention, suspect).await? {
                return Ok(opened);
            }
        }
    }

    /// None if something was changed, here or by another relay: look again.
    async fn attempt(&self, retention: Retention, suspect: Option<i64>) -> Result<Option<Opened>, Ended> {
        let names = ours(self.jetstream).await.map_err(refused)?;
        let head = self.reader.head().await?;
        // An epoch is never given to two timelines: not even if the log forgot that it had it.
        if let Some(newest) = names.iter().map(|name| name.epoch).max().filter(|newest| *newest > head.epoch) {
            tracing::warn!(epoch = head.epoch, stream.epoch = newest, "the log forgot an epoch");
            self.begin_epoch(&head, newest + 1).await?;
            return Ok(None);
        }
        let current = names.iter().rfind(|name| name.epoch == head.epoch);
        for other in names.iter().filter(|name| Some(*name) != current) {
            self.delete(*other).await?;
        }
        let Some(current) = current else {
            return Ok(Some(self.create(&head, retention).await?));
        };
        let Some(tail) = tail(self.jetstream, *current).await.map_err(Ended::JetStream)? else {
            return Ok(None);
        };
        // After the stream's end, which another relay may be moving.
        let head = self.reader.head().await?;
        if head.epoch != current.epoch {
            return Ok(None);
        }
        match self.verdict(&tail, &head, retention, suspect).await? {
            Verdict::GoOn(place) => Ok(Some(opened(*current, &head, place))),
            Verdict::NewBase(reason) => {
                tracing::warn!(stream.name = %current, reason, "the stream is replaced");
                self.delete(*current).await?;
                Ok(None)
            }
            Verdict::NewEpoch(reason) => {
                tracing::error!(stream.name = %current, event.position = head.position, reason, "the log was restored");
                self.begin_epoch(&head, head.epoch + 1).await?;
                Ok(None)
            }
        }
    }

    async fn begin_epoch(&self, head: &Head, epoch: i32) -> Result<(), Ended> {
        if event_store::begin_epoch(self.pool, head.epoch, epoch).await?.is_some() {
            metrics::counter!("hansard_relay_epochs_total").increment(1);
        }
        Ok(())
    }

    async fn verdict(
        &self,
        tail: &Tail,
        head: &Head,
        retention: Retention,
        suspect: Option<i64>,
    ) -> Result<Verdict, Ended> {
        let position = tail.position();
        let there = match position {
            1.. => self.reader.after(position - 1, 1).await?,
            _ => Vec::new(),
        };
        let there = there.first().filter(|row| row.position == position).map(Mark::of);
        let verdict = judge(tail, head.position, there);
        if !matches!(verdict, Verdict::GoOn(_)) {
            return Ok(verdict);
        }
        if let Some(from) = suspect {
            match compare(self.jetstream, self.reader, tail, from).await? {
                Found::Same => {}
                Found::Damaged(position) => {
                    tracing::error!(event.position = position, "the stream is damaged");
                    return Ok(Verdict::NewBase("the stream holds something else than the log"));
                }
                Found::OtherEvent(position) => {
                    tracing::error!(event.position = position, "the stream holds an event that the log does not");
                    return Ok(Verdict::NewEpoch("the stream holds an event that the log does not"));
                }
            }
        }
        let wanted = config(tail.name, retention);
        match difference(&wanted, &tail.config) {
            None => Ok(verdict),
            Some(Difference { can_change: true, .. }) => {
                let info = self.jetstream.update_stream(&wanted).await.map_err(refused)?;
                match difference(&wanted, &info.config) {
                    None => Ok(verdict),
                    Some(Difference { field, .. }) => Err(Ended::Configuration { name: tail.name, field }),
                }
            }
            Some(Difference { .. }) => Ok(Verdict::NewBase("the stream's configuration cannot be changed to ours")),
        }
    }

    /// Makes the stream of an epoch. It begins with what comes next; what is older is in the log.
    async fn create(&self, head: &Head, retention: Retention) -> Result<Opened, Ended> {
        let name = StreamName { epoch: head.epoch, base: head.position };
        let wanted = config(name, retention);
        let place = Place { position: head.position, mark: None }.check(self.reader).await?;
        let stream = self.jetstream.create_stream(wanted.clone()).await.map_err(refused)?;
        if let Some(Difference { field, .. }) = difference(&wanted, &stream.cached_info().config) {
            self.delete(name).await?;
            return Err(Ended::Configuration { name, field });
        }
        tracing::info!(stream.name = %name, "made the stream");
        Ok(opened(name, head, place))
    }

    async fn delete(&self, name: StreamName) -> Result<(), Ended> {
        tracing::info!(stream.name = %name, "removing a stream");
        match self.jetstream.delete_stream(name.to_string()).await {
            Ok(_) => Ok(()),
            // Another relay was quicker.
            Err(_) if !ours(self.jetstream).await.map_err(refused)?.contains(&name) => Ok(()),
            Err(error) => Err(refused(error)),
        }
    }
}

fn opened(name: StreamName, head: &Head, place: Place) -> Opened {
    Opened { name, timeline: Timeline { epoch: head.epoch, origin: head.origin }, place }
}
