//! What PostgreSQL tells this process: one connection listens, for all who want to hear.
//!
//! One, since PostgreSQL wakes every connection that listens to anything, each time, whatever it listens to.

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::sync::Mutex;
use tokio::sync::broadcast::{self, WeakSender};
use tokio_util::task::TaskTracker;

/// Told once a group of commits; says the last position.
pub const LOG: &str = "hansard_log";
/// Told when an epoch begins.
pub const EPOCH: &str = "hansard_epoch";
/// Told when a key was destroyed.
pub const KEYS: &str = "hansard_keys";
/// Told once a batch of read models; says `<generation>:<position>`.
pub const READ: &str = "hansard_read";

/// Who is this far behind hears no more: the session is over for them.
const BEHIND: usize = 4096;

/// The pool waits up to a fifth of this between two attempts to reach a server that is away.
const CONNECT_WITHIN: Duration = Duration::from_secs(1);

/// One thing that was told.
#[derive(Clone, Debug)]
pub struct Notification {
    channel: Arc<str>,
    payload: Arc<str>,
}

impl Notification {
    /// On which channel.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// What.
    pub fn payload(&self) -> &str {
        &self.payload
    }
}

/// Listens to [`LOG`], [`EPOCH`], [`KEYS`] and [`READ`], over one connection of its own, as long as somebody hears. Cheap
/// to clone; clones share the connection.
#[derive(Clone, Debug)]
pub struct Notifications(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pool: PgPool,
    tasks: TaskTracker,
    session: Mutex<Option<WeakSender<Notification>>>,
}

impl Notifications {
    /// Of the server that a pool leads to. None of the pool's own connections is held.
    pub fn new(pool: &PgPool, tasks: TaskTracker) -> Self {
        let options = (*pool.connect_options()).clone();
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(CONNECT_WITHIN)
            .connect_lazy_with(options);
        Self(Arc::new(Shared { pool, tasks, session: Mutex::default() }))
    }

    /// Hears what is told from now on. Fails if PostgreSQL cannot be reached.
    pub async fn hear(&self) -> Result<Heard, sqlx::Error> {
        let mut session = self.0.session.lock().await;
        if let Some(teller) = session.as_ref().and_then(WeakSender::upgrade) {
            return Ok(Heard(teller.subscribe()));
        }
        let mut listener = PgListener::connect_with(&self.0.pool).await?;
        listener.eager_reconnect(false);
        listener.listen_all([LOG, EPOCH, KEYS, READ]).await?;
        let (teller, told) = broadcast::channel(BEHIND);
        *session = Some(teller.downgrade());
        self.0.tasks.spawn(async move {
            tokio::select! {
                () = teller.closed() => {}
                () = tell(listener, &teller) => {}
            }
        });
        Ok(Heard(told))
    }
}

/// What is heard in one session with PostgreSQL.
#[derive(Debug)]
pub struct Heard(broadcast::Receiver<Notification>);

impl Heard {
    /// The next thing that is told; none once the session is over: then something may have gone unheard, and PostgreSQL
    /// may come back as an older copy of itself. Cancel-safe.
    pub async fn next(&mut self) -> Option<Notification> {
        self.0.recv().await.ok()
    }
}

/// Tells all who hear, until the connection is lost.
async fn tell(mut listener: PgListener, teller: &broadcast::Sender<Notification>) {
    loop {
        match listener.try_recv().await {
            Ok(Some(told)) => {
                let notification = Notification { channel: told.channel().into(), payload: told.payload().into() };
                _ = teller.send(notification); // nobody may hear by now
            }
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "PostgreSQL tells nothing any more"),
        }
    }
}
