//! The log as one process uses it: committer, states, keys.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use cqrs_es::Aggregate;
use cqrs_es::persist::{PersistedEventRepository, PersistenceError};
use sqlx::PgPool;
use tokio::sync::{Mutex as AsyncMutex, broadcast};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;

use crate::cache::{State, States};
use crate::committer::{Committer, Timeline};
use crate::durability::{NotDurable, first_unsafe_setting};
use crate::in_time::in_time;
use crate::keyring::{KeyError, Keyring};
use crate::notifications::{self, Notifications};
use crate::read::Reader;
use crate::recorded::Recorded;
use crate::repository::LogRepository;
use crate::stream::Stream;
use crate::upcast::Told;

/// Groups that a follower in this process may fall behind before it must read the log instead.
const HANDED_OVER: usize = 1024;

/// Pause before listening again after the connection was lost.
const LISTEN_AGAIN: Duration = Duration::from_secs(1);

/// Who was told nothing for this long looks: some poolers lose what is told.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// The log could not be used, or not as was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached.
    #[error("the log cannot be reached")]
    Unavailable(#[from] sqlx::Error),
    /// A stored event cannot be read.
    #[error("a stored event of {stream} cannot be read")]
    Unreadable {
        /// Of which stream.
        stream: String,
        /// Why.
        source: PersistenceError,
    },
    /// A key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// One stream was loaded as two kinds of aggregate.
    #[error("the stream {0} was loaded as two types")]
    TwoTypes(&'static str),
    /// The request is on record already: `execute` answers from its receipt.
    #[error("the request was decided before")]
    Decided,
}

/// The log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached.
    #[error("the log cannot be reached")]
    Unavailable(#[from] sqlx::Error),
    /// The database may lose what it acknowledged.
    #[error(transparent)]
    NotDurable(#[from] NotDurable),
}

/// The log as one process uses it. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    pool: PgPool,
    keyring: Keyring,
    reader: Reader,
    repository: LogRepository,
    committer: Committer,
    committed: broadcast::Sender<Arc<[Recorded]>>,
    timeline: Timeline,
    notifications: Notifications,
    states: States,
    decided_again: AtomicU64,
    /// Streams that commands of this process contend for: one decides at a time.
    contended: Mutex<HashMap<Stream, Weak<AsyncMutex<()>>>>,
}

impl Store {
    /// Opens the log over a pool whose role may append. Refuses a database that may lose what it acknowledged.
    pub async fn open(pool: PgPool, keyring: Keyring, tasks: &TaskTracker) -> Result<Self, OpenError> {
        if let Some(unsafe_setting) = first_unsafe_setting(&pool).await? {
            return Err(unsafe_setting.into());
        }
        let timeline = Timeline::default();
        let (followed, _) = broadcast::channel(HANDED_OVER);
        let options = pool.connect_options().as_ref().clone();
        let reader = Reader::new(pool.clone());
        let notifications = Notifications::new(&pool, tasks.clone());
        let states = States::default();
        let memory = (keyring.clone(), states.clone());
        let committer = Committer::start(options, followed.clone(), timeline.clone(), memory, tasks).await?;
        let repository = LogRepository::new(pool.clone(), keyring.clone(), committer.clone(), timeline.clone());
        let inner = Inner {
            pool,
            keyring,
            reader,
            repository,
            committer,
            committed: followed,
            timeline,
            notifications,
            states,
            decided_again: AtomicU64::new(0),
            contended: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The data keys.
    pub fn keyring(&self) -> &Keyring {
        &self.inner.keyring
    }

    /// What PostgreSQL tells this process.
    pub fn notifications(&self) -> &Notifications {
        &self.inner.notifications
    }

    /// Reads the log by position.
    pub fn reader(&self) -> &Reader {
        &self.inner.reader
    }

    /// cqrs-es's repository over the log, for its stock framework.
    pub fn repository(&self) -> LogRepository {
        let Inner { pool, keyring, committer, timeline, .. } = &*self.inner;
        LogRepository::new(pool.clone(), keyring.clone(), committer.clone(), timeline.clone())
    }

    /// Commands of this process that were decided again, since it started, because what they rested on had moved.
    pub fn decided_again(&self) -> u64 {
        self.inner.decided_again.load(Ordering::Relaxed)
    }

    /// What this process appends from now on, a group at a time, in order of position. Who falls behind reads the log.
    ///
    /// An empty group says that the committer has connected anew: the log may have been restored from an older copy,
    /// and what comes next need not follow upon what came before.
    pub fn committed(&self) -> broadcast::Receiver<Arc<[Recorded]>> {
        self.inner.committed.subscribe()
    }

    /// The owner of something unique, if it is taken.
    pub async fn claimed(&self, kind: &str, digest: &[u8]) -> Result<Option<String>, StoreError> {
        let owner = sqlx::query_scalar("select owner from log.claims where kind = $1 and digest = $2");
        Ok(in_time(owner.bind(kind).bind(digest).fetch_optional(&self.inner.pool)).await?)
    }

    /// The owner of something unique, if it is taken, and the one of the next of its kind in the order of digests,
    /// after the last of which comes the first. What is read is the same whether or not it is taken: three probes.
    pub async fn claimed_and_next(
        &self,
        kind: &str,
        digest: &[u8],
    ) -> Result<(Option<String>, Option<String>), StoreError> {
        let owners = sqlx::query_as::<_, (Option<String>, Option<String>, Option<String>)>(
            "select (select owner from log.claims where kind = $1 and digest = $2), \
                    (select owner from log.claims where kind = $1 and digest > $2 order by digest limit 1), \
                    (select owner from log.claims where kind = $1 order by digest limit 1)",
        );
        let (owner, next, first) = in_time(owners.bind(kind).bind(digest).fetch_one(&self.inner.pool)).await?;
        Ok((owner, next.or(first)))
    }

    /// Which of these are taken, whoever owns them. A probe for each.
    pub async fn claimed_of(&self, kind: &str, digests: &[Vec<u8>]) -> Result<HashSet<Vec<u8>>, StoreError> {
        let taken = sqlx::query_scalar("select digest from log.claims where kind = $1 and digest = any($2)");
        let taken = in_time(taken.bind(kind).bind(digests).fetch_all(&self.inner.pool)).await?;
        Ok(taken.into_iter().collect())
    }

    /// Drops what this process holds of keys that others destroy, as soon as the database tells of it, until it is
    /// dropped. What is not heard of in time is still neither sealed with, as every append looks, nor opened by who asks
    /// first ([`Keyring::hear`]). Where the log may be another history it drops all: where another epoch has begun, and
    /// where the session with the database was lost, which may come back as an older copy of itself.
    pub async fn hear_of_losses(&self) -> Infallible {
        let mut epoch = None;
        loop {
            if let Err(error) = self.hear_until_deaf(&mut epoch).await {
                tracing::warn!(%error, "not told which keys others destroy; listening again");
            }
            tokio::time::sleep(LISTEN_AGAIN).await;
        }
    }

    async fn hear_until_deaf(&self, epoch: &mut Option<i32>) -> Result<(), KeyError> {
        let mut heard = self.inner.notifications.hear().await?;
        let mut is_first_look = true;
        loop {
            let now = in_time(self.inner.reader.head()).await?.epoch;
            if epoch.is_some_and(|before| before != now || is_first_look) {
                self.inner.keyring.begin_anew().await?;
                self.inner.states.clear();
            }
            (*epoch, is_first_look) = (Some(now), false);
            let before = self.inner.keyring.losses();
            if self.inner.keyring.hear().await? != before {
                self.inner.states.clear();
            }
            let again = Instant::now() + LOOK_AGAIN;
            loop {
                match timeout_at(again, heard.next()).await {
                    Ok(Some(told)) if ![notifications::KEYS, notifications::EPOCH].contains(&told.channel()) => {}
                    Ok(Some(_)) | Err(_) => break,
                    Ok(None) => return Ok(()),
                }
            }
        }
    }

    /// Drops what this process holds of keys that it has destroyed.
    pub(crate) fn lose(&self, names: &[String]) {
        let before = self.inner.keyring.losses();
        self.inner.keyring.lose(names.iter().cloned());
        if self.inner.keyring.losses() != before {
            self.inner.states.clear();
        }
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.inner.pool
    }

    pub(crate) fn count_decided_again(&self) {
        self.inner.decided_again.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("hansard_commands_decided_again").increment(1);
    }

    pub(crate) fn committer(&self) -> &Committer {
        &self.inner.committer
    }

    pub(crate) fn timeline(&self) -> u64 {
        self.inner.timeline.now()
    }

    pub(crate) fn cached(&self, stream: &Stream, timeline: u64) -> Option<State> {
        self.inner.states.get(stream, timeline, self.inner.keyring.losses())
    }

    pub(crate) fn keep(&self, stream: Stream, state: State) {
        self.inner.states.put(stream, state);
    }

    /// A stream's state from the log.
    pub(crate) async fn read<A: Aggregate + 'static>(
        &self,
        stream: &Stream,
        timeline: u64,
    ) -> Result<State, StoreError> {
        let unreadable = |source| unreadable(stream, source);
        let losses = self.inner.keyring.losses();
        let events = async { self.inner.repository.get_events::<A>(&stream.id).await.map_err(unreadable) };
        let events = in_time(events).await?;
        let mut aggregate = A::default();
        let (mut sequence, mut fleeting) = (0, false);
        for event in events {
            sequence += 1;
            fleeting |= self.inner.keyring.holds_fleeting(&event.payload);
            let told = Told { version: event.event_version, payload: event.payload };
            apply(&mut aggregate, told).map_err(unreadable)?;
        }
        Ok(self.known(stream, State { aggregate: Arc::new(aggregate), sequence, timeline, losses, fleeting }))
    }

    /// A stream's state from its last event alone, however long it is.
    pub(crate) async fn read_last<A: Aggregate + 'static>(
        &self,
        stream: &Stream,
        timeline: u64,
    ) -> Result<State, StoreError> {
        let losses = self.inner.keyring.losses();
        let (mut aggregate, mut sequence) = (A::default(), 0);
        if let Some(last) = in_time(self.inner.reader.last_of(stream.kind, &stream.id)).await? {
            sequence = last.sequence;
            let told = in_time(self.inner.keyring.open(std::slice::from_ref(&last))).await?.remove(0);
            apply(&mut aggregate, told).map_err(|source| unreadable(stream, source))?;
        }
        Ok(self.known(stream, State { aggregate: Arc::new(aggregate), sequence, timeline, losses, fleeting: false }))
    }

    fn known(&self, stream: &Stream, state: State) -> State {
        self.keep(stream.clone(), state.clone());
        state
    }

    /// The lock under which commands of this process that contend for a stream decide.
    pub(crate) fn contended(&self, stream: &Stream) -> Arc<AsyncMutex<()>> {
        let mut contended = self.inner.contended.lock().expect("no code panics while it holds this lock");
        contended.retain(|_, lock| lock.strong_count() > 0);
        if let Some(lock) = contended.get(stream).and_then(Weak::upgrade) {
            return lock;
        }
        let lock = Arc::<AsyncMutex<()>>::default();
        contended.insert(stream.clone(), Arc::downgrade(&lock));
        lock
    }
}

fn apply<A: Aggregate>(aggregate: &mut A, told: Told) -> Result<(), PersistenceError> {
    aggregate.apply(told.fact()?);
    Ok(())
}

/// Why a stream could not be read. postgres-es calls unknown what the database or the pool says of itself: shutting
/// down, closed; and hands on what our keys say.
fn unreadable(stream: &Stream, source: PersistenceError) -> StoreError {
    let error = match source {
        PersistenceError::ConnectionError(error) | PersistenceError::UnknownError(error) => error,
        source @ (PersistenceError::OptimisticLockError | PersistenceError::DeserializationError(_)) => {
            return StoreError::Unreadable { stream: stream.to_string(), source };
        }
    };
    let error = match error.downcast::<sqlx::Error>() {
        Ok(error) => return StoreError::Unavailable(*error),
        Err(error) => error,
    };
    match error.downcast::<KeyError>() {
        Ok(error) => StoreError::Key(*error),
        Err(error) => {
            StoreError::Unreadable { stream: stream.to_string(), source: PersistenceError::UnknownError(error) }
        }
    }
}
