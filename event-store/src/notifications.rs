//! What PostgreSQL tells this process: one connection listens, for all who want to hear.
//!
//! One, since PostgreSQL wakes every connection that listens to anything, each time, whatever it listens to. It says nothing
//! for long, and neither does one to a server that has vanished: so it is asked something now and then.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Executor, PgPool};
use tokio::sync::Mutex;
use tokio::sync::broadcast::{self, WeakSender};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;

use crate::in_time::in_time;

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

/// A connection that told nothing for this long is asked whether there is anybody at its other end.
const SILENCE: Duration = Duration::from_secs(10);

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
    options: PgConnectOptions,
    tasks: TaskTracker,
    session: Mutex<Option<WeakSender<Notification>>>,
}

impl Notifications {
    /// Of the server that a pool leads to. None of the pool's own connections is held.
    pub fn new(pool: &PgPool, tasks: TaskTracker) -> Self {
        let options = (*pool.connect_options()).clone();
        Self(Arc::new(Shared { options, tasks, session: Mutex::default() }))
    }

    /// Hears what is told from now on. Fails if PostgreSQL cannot be reached.
    pub async fn hear(&self) -> Result<Heard, sqlx::Error> {
        let mut session = self.0.session.lock().await;
        if let Some(teller) = session.as_ref().and_then(WeakSender::upgrade) {
            return Ok(Heard(teller.subscribe()));
        }
        let listener = in_time(listen(self.0.options.clone())).await?;
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

/// Begins a session. In a pool of its own: a listener that is dropped takes leave of the server first, and who waits for one
/// that has vanished to answer that must not stand in the way of the next.
async fn listen(options: PgConnectOptions) -> Result<PgListener, sqlx::Error> {
    let pool = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
    let pool = pool.acquire_timeout(CONNECT_WITHIN).connect_lazy_with(options);
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.eager_reconnect(false);
    listener.listen_all([LOG, EPOCH, KEYS, READ]).await?;
    Ok(listener)
}

/// Tells all who hear, until the connection is lost.
async fn tell(mut listener: PgListener, teller: &broadcast::Sender<Notification>) {
    loop {
        match next(&mut listener).await {
            Ok(Some(told)) => _ = teller.send(told), // nobody may hear by now
            Ok(None) => return,
            Err(error) => return tracing::warn!(%error, "PostgreSQL tells nothing any more"),
        }
    }
}

/// What is told next; none once the connection is lost.
async fn next(listener: &mut PgListener) -> Result<Option<Notification>, sqlx::Error> {
    loop {
        // What is dropped half way has taken nothing off the connection.
        if let Ok(told) = timeout(SILENCE, listener.try_recv()).await {
            return Ok(
                told?.map(|told| Notification { channel: told.channel().into(), payload: told.payload().into() })
            );
        }
        in_time(listener.execute("select 1")).await?;
    }
}
