//! Following the log from one's own checkpoint: as this process's committer hands it over, from JetStream where others
//! append too, from PostgreSQL where neither can be.
//!
//! Whatever the source, what is delivered is the log, in order and without gap. JetStream is believed only within one
//! session with PostgreSQL, in which the stream's end was found in the log: a log that is restored from an older copy
//! ends the session first. What the committer hands over is believed as long as each group follows upon the one before:
//! it waits in memory while the log may be restored, and goes on after it.

mod backoff;
mod join;
mod joined;
mod session;

use std::sync::Arc;
use std::time::Duration;

use async_nats::Client;
use event_store::{Notifications, Reader, Recorded};
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::broadcast;
use tokio::time::sleep;

use crate::event::Mark;
use crate::place::{Place, ReadError};
use crate::pulse::Pulse;
use backoff::Backoff;
use session::Session;

/// PostgreSQL is tried again after this long at the latest: whoever queries waits for the read models once it is back.
const LONGEST: Duration = Duration::from_millis(250);

/// What a follower is made of.
#[derive(Clone, Debug)]
pub struct Settings {
    /// NATS, shared with whoever else follows in this process; none: PostgreSQL alone.
    pub client: Option<Client>,
    /// The log.
    pub reader: Reader,
    /// What PostgreSQL tells this process.
    pub notifications: Notifications,
    /// Who follows, in metrics and in the list of consumers.
    pub name: String,
}

/// Where to follow from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Epoch of the log.
    pub epoch: i32,
    /// Position of the last event that was dealt with; 0 before the first.
    pub position: i64,
    /// That event, if it is known: then a log that holds another there is found out.
    pub event: Option<Mark>,
}

impl From<(i32, i64)> for Checkpoint {
    fn from((epoch, position): (i32, i64)) -> Self {
        Self { epoch, position, event: None }
    }
}

/// Where events were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// PostgreSQL.
    Log,
    /// JetStream.
    Stream,
    /// The committer of this process, in memory.
    Committer,
}

/// Events, in order, following upon those of the batch before. Never empty.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Epoch of the log.
    pub epoch: i32,
    /// The events.
    pub events: Vec<Recorded>,
    /// Where they were read.
    pub source: Source,
}

/// The log is no longer the one that was followed. What was made of it must be made again from what the log says now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowError {
    /// A new epoch has begun.
    #[error("epoch {epoch} of the log has begun")]
    EpochChanged {
        /// The new one.
        epoch: i32,
        /// Where the log ends.
        head: i64,
    },
    /// The log does not hold the event at the checkpoint, and nobody has begun an epoch yet: it was restored from an
    /// older copy than what is followed.
    #[error("the log does not hold the event at position {position} that was followed")]
    Diverged {
        /// The checkpoint.
        position: i64,
        /// Where the log ends.
        head: i64,
    },
}

/// Follows the log.
///
/// Idle, it asks PostgreSQL two small questions a second. Waits while PostgreSQL is away.
///
/// **When applying a batch fails, drop it and [`rewind`](Self::rewind) to the checkpoint that is stored**, rather than
/// try it again: PostgreSQL may come back as an older copy of itself, to which the batch does not belong.
pub struct Follower {
    settings: Settings,
    /// Groups as this process's committer commits them.
    committed: Option<broadcast::Receiver<Arc<[Recorded]>>>,
    epoch: i32,
    place: Place,
    session: Option<Session>,
    opening: Option<BoxFuture<'static, Result<Opened, ReadError>>>,
    backoff: Backoff,
}

/// What an attempt to begin a session found.
enum Opened {
    Here(Box<Session>, Place),
    Elsewhere(FollowError),
}

impl Follower {
    /// A follower that does nothing until it is asked.
    pub fn new(settings: Settings, from: impl Into<Checkpoint>) -> Self {
        let Checkpoint { epoch, position, event } = from.into();
        let place = Place { position, mark: event };
        let backoff = Backoff::up_to(LONGEST);
        Self { settings, committed: None, epoch, place, session: None, opening: None, backoff }
    }

    /// Takes what this process's committer hands over: while nobody else appends, nothing else is asked. An empty group
    /// says that the next need not follow upon the one before.
    #[must_use]
    pub fn handed(self, committed: Option<broadcast::Receiver<Arc<[Recorded]>>>) -> Self {
        Self { committed, ..self }
    }

    /// Goes on from elsewhere.
    pub fn rewind(&mut self, to: impl Into<Checkpoint>) {
        let Checkpoint { epoch, position, event } = to.into();
        self.epoch = epoch;
        self.place = Place { position, mark: event };
        self.session = None;
        self.opening = None;
    }

    /// What was delivered last.
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { epoch: self.epoch, position: self.place.position, event: self.place.mark }
    }

    /// Waits for up to `max` (at least one) events that follow. Cancel-safe: what it did not return, it returns later.
    pub async fn next(&mut self, max: usize) -> Result<Batch, FollowError> {
        loop {
            let Some(session) = &mut self.session else {
                self.open().await?;
                continue;
            };
            match session.next(self.place, max.max(1), self.committed.as_mut()).await {
                Ok((events, source)) => {
                    if let Some(last) = events.last() {
                        self.place = Place::of(last);
                        self.backoff.reset();
                        return Ok(Batch { epoch: self.epoch, events, source });
                    }
                }
                Err(ended) => {
                    tracing::info!(follower.name = self.settings.name, reason = %ended, "following begins again");
                    self.session = None;
                }
            }
        }
    }

    /// Attempts to begin a session, in which the log is known to hold our place.
    async fn open(&mut self) -> Result<(), FollowError> {
        let (epoch, place, handed) = (self.epoch, self.place, self.committed.is_some());
        let attempt = || open(self.settings.clone(), epoch, place, handed, self.backoff.next()).boxed();
        let opened = self.opening.get_or_insert_with(attempt).await;
        self.opening = None;
        match opened {
            Ok(Opened::Here(session, place)) => {
                self.place = place;
                self.session = Some(*session);
                Ok(())
            }
            Ok(Opened::Elsewhere(error)) => Err(error),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(follower.name = self.settings.name, error, "the log cannot be followed");
                Ok(())
            }
        }
    }
}

async fn open(settings: Settings, epoch: i32, place: Place, handed: bool, wait: Duration) -> Result<Opened, ReadError> {
    sleep(wait).await;
    let pulse = Pulse::open(&settings.notifications, &settings.reader).await?;
    let head = pulse.head().clone();
    if head.epoch != epoch {
        return Ok(Opened::Elsewhere(FollowError::EpochChanged { epoch: head.epoch, head: head.position }));
    }
    match place.check(&settings.reader).await {
        Ok(place) => Ok(Opened::Here(Box::new(Session::new(settings, pulse, &head, handed)), place)),
        Err(ReadError::Diverged(position)) => {
            Ok(Opened::Elsewhere(FollowError::Diverged { position, head: head.position }))
        }
        Err(error) => Err(error),
    }
}
