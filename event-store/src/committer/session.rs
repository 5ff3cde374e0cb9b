//! Sessions with the log, and whether the next one finds the history of those before.
//!
//! Where the log ends does not tell: a standby that takes over, or a copy that is restored, has lost what others
//! appended as well, and comes as far again. So each session holds an advisory lock for as long as it lasts. A server
//! on which one of them is left is the one that it was, with the database that it was. Where none is, it may be
//! another, and whatever they were asked is over: it is written, or never will be.

use rand::RngExt;
use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tokio::time::timeout;

use super::PATIENCE;

/// The sessions in which one history was seen.
pub(super) struct Sessions {
    options: PgConnectOptions,
    /// Those that may be left, by their locks.
    locks: Vec<i64>,
}

/// A session that has begun.
pub(super) struct Session {
    connection: PgConnection,
    /// Of the log.
    pub(super) epoch: i32,
    lock: i64,
    /// Whether one of those before is left.
    pub(super) goes_on: bool,
}

impl Sessions {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, locks: Vec::new() }
    }

    /// Begins the next one. It is none of them before it is kept: it may be left behind unfinished, on another server.
    pub(super) async fn begin(&self) -> Result<Session, sqlx::Error> {
        let begun = timeout(PATIENCE, Box::pin(begin(&self.options, &self.locks))).await;
        begun.unwrap_or(Err(sqlx::Error::PoolTimedOut))
    }

    /// Adds one that has begun, as what is held is of its history by now.
    pub(super) fn keep(&mut self, session: Session) -> PgConnection {
        if !session.goes_on {
            self.locks.clear();
        }
        self.locks.push(session.lock);
        session.connection
    }
}

/// Opens a connection on which only the procedure's own commits happen. `before`: locks of the sessions before.
async fn begin(options: &PgConnectOptions, before: &[i64]) -> Result<Session, sqlx::Error> {
    let mut connection = PgConnection::connect_with(options).await?;
    let seen = sqlx::query_as(
        "select epoch, exists (select from pg_locks where locktype = 'advisory' and objsubid = 1 \
             and database = (select oid from pg_database where datname = current_database()) \
             and ((classid::bigint << 32) | objid::bigint) = any($1)) \
         from log.head",
    );
    let (epoch, goes_on) = seen.bind(before).fetch_one(&mut connection).await?;
    let lock = name();
    sqlx::query("select pg_advisory_lock($1)").bind(lock).execute(&mut connection).await?;
    Ok(Session { connection, epoch, lock, goes_on })
}

/// What no other session is called.
#[expect(clippy::disallowed_methods, reason = "a name decides nothing")]
fn name() -> i64 {
    rand::rng().random()
}
