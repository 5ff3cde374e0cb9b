//! The projector of a process: what it works with, and what others see of it.

use std::sync::Arc;
use std::time::Duration;

use event_store::{BEGIN, Keyring, Reader};
use sqlx::PgPool;
use tokio::sync::{Notify, watch};

use crate::error::ProjectorError;
use crate::generation::{self, State};

/// Held while generations are made, filled beside the serving one, or switched: by one at a time.
pub(crate) const GENERATIONS_LOCK: i64 = 0x4841_4e53_4152_4401;
/// Held, with its number beside it, while a generation of the past is filled: one that is not shown and whose lock is free was left.
/// The other locks are of another kind, so that this is none of theirs.
pub(crate) const PAST_LOCK: i32 = 0x4841_4e53;
/// Held while read models are purged: by one at a time.
pub(crate) const PURGE_LOCK: i64 = 0x4841_4e53_4152_4403;
/// Held while a verification uses the scratch schema.
pub(crate) const SCRATCH_LOCK: i64 = 0x4841_4e53_4152_4402;

/// How long a step may take: a batch, a page of the log, some hundred rows that are purged. Far longer than any takes that
/// ends: a database that has vanished without a word is given up then, and connected to anew.
pub(crate) const STEP_WITHIN: Duration = Duration::from_mins(1);

/// What a timer can tell apart.
const TICK: Duration = Duration::from_millis(1);

/// How much is taken at once, and how long is waited for what.
#[derive(Clone, Debug)]
pub struct Pace {
    /// Most events of a batch while following: what is ready is taken, nothing is waited for.
    pub batch: usize,
    /// How long the next batch is waited for, for each event of the last, and at most: the more there is to do, the larger
    /// are batches, and the less an event costs. Who waits for a single event under little load is not kept waiting.
    pub linger: (Duration, Duration),
    /// Most events of a batch while reading the log itself: catching up, rebuilding, verifying. Fewer where they are large.
    pub page: usize,
    /// New rows of a table that are so many in a batch are copied, for a third of the work and a round trip or two more;
    /// fewer are inserted with all others.
    pub copied_from: usize,
    /// Most messages of a segment of the search index. Whoever fills or verifies the same generation must agree.
    pub segment: i64,
    /// How often a projector that stands by looks whether the other one still works.
    pub standby: Duration,
    /// The shortest and the longest wait before a failed step is tried again.
    pub retry: (Duration, Duration),
    /// How long whoever uses a table that is to be dropped is waited for: where it may as well be dropped another time; and
    /// otherwise, longer than `deadlock_timeout`, a second: then a vacuum gives way.
    pub drop: (Duration, Duration),
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            batch: 500,
            linger: (Duration::from_micros(100), Duration::from_millis(6)),
            page: 16_000,
            copied_from: 1_000,
            segment: i64::try_from(concordance::segment::MESSAGES).unwrap_or(i64::MAX),
            standby: Duration::from_millis(500),
            retry: (Duration::from_millis(50), Duration::from_millis(500)),
            drop: (Duration::from_millis(500), Duration::from_secs(5)),
        }
    }
}

impl Pace {
    /// How long to wait after a batch of so many events, if at all: not after a few, and not where there are more.
    pub(crate) fn linger(&self, events: usize) -> Option<Duration> {
        let (each, most) = self.linger;
        let linger = each * u32::try_from(events).unwrap_or(u32::MAX);
        (linger >= TICK && events < self.batch).then(|| linger.min(most))
    }
}

/// What the read models hold: exactly the events up to `position`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadPosition {
    /// The generation that serves; 0 before one is known.
    pub generation: i32,
    /// The log's epoch.
    pub epoch: i32,
    /// Position of the last event.
    pub position: i64,
}

/// How far long work has come, in positions of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Done up to here.
    pub position: i64,
    /// The end, as far as it is known.
    pub of: i64,
}

/// Fills the read models of one database from the log. Cheap to clone.
///
/// Needs up to seven connections of `pool` at once (a rebuild beside the running projector, and purging), whose role may act as
/// `hansard_projector`.
#[derive(Clone)]
pub struct Projector {
    pub(crate) pool: PgPool,
    pub(crate) reader: Reader,
    pub(crate) keyring: Keyring,
    pub(crate) pace: Pace,
    pub(crate) seen: watch::Sender<ReadPosition>,
    pub(crate) erased: Arc<Notify>,
}

impl Projector {
    /// A projector of the read models behind `pool`, from the log behind `reader`.
    pub fn new(pool: PgPool, reader: Reader, keyring: Keyring, pace: Pace) -> Self {
        Self { pool, reader, keyring, pace, seen: watch::Sender::default(), erased: Arc::default() }
    }

    /// Where the read models are, as soon as it is committed.
    ///
    /// Good for waking up. What an answer holds is told by `read.checkpoint` in the answer's own snapshot: a crash of
    /// PostgreSQL takes back the last moments of read models, for them to be projected again.
    pub fn position(&self) -> watch::Receiver<ReadPosition> {
        self.seen.subscribe()
    }

    /// Makes the first generation if there is none; see [`prepare`].
    pub async fn prepare(&self) -> Result<i32, ProjectorError> {
        prepare(&self.pool).await
    }

    /// Drops a generation that does not serve, with all of its rows.
    pub async fn drop_generation(&self, generation: i32) -> Result<(), ProjectorError> {
        self.drop_within(generation, self.pace.drop.1).await
    }

    pub(crate) async fn drop_within(&self, generation: i32, patience: Duration) -> Result<(), ProjectorError> {
        let mut transaction = event_store::begin(&self.pool, BEGIN).await?;
        generation::drop(&mut transaction, generation, patience).await?;
        transaction.commit().await?;
        tracing::info!(generation, "dropped a generation of read models");
        Ok(())
    }
}

/// Makes the first generation, empty and serving, if there is none. Returns the one that serves.
///
/// Needs no keys: it holds no event yet.
pub async fn prepare(pool: &PgPool) -> Result<i32, ProjectorError> {
    if let Some(generation) = generation::serving(&mut *pool.acquire().await?).await? {
        return Ok(generation);
    }
    let head = Reader::new(pool.clone()).head().await?;
    let mut transaction = event_store::begin(pool, BEGIN).await?;
    sqlx::query("select pg_advisory_xact_lock($1)").bind(GENERATIONS_LOCK).execute(&mut *transaction).await?;
    if let Some(generation) = generation::serving(&mut transaction).await? {
        return Ok(generation);
    }
    let generation = generation::create(&mut transaction, &head, State::Serving).await?;
    generation::serve(&mut transaction, generation).await?;
    transaction.commit().await?;
    tracing::info!(generation, "made the first read models");
    Ok(generation)
}
