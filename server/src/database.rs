//! Connections to PostgreSQL, each in the role of the part of the process that it serves.

use std::io::ErrorKind;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, PgPool};
use tokio::time::{Instant, sleep, timeout};

use crate::settings::Database;

/// How long whoever needs a connection waits for one before it is answered that the database is away.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(2);

/// A connection that lay idle for longer is tried before it is used; the database may have restarted meanwhile.
const IDLE_UNTRIED: Duration = Duration::from_millis(500);

/// How long a connection is kept for the rest of an answer that nobody waits for any more. Then it is closed: a database
/// that vanished without a word would hold it for as long as TCP tries, and in the end hold them all.
const LEFT_WITHIN: Duration = Duration::from_secs(2);

/// Pause between two attempts to reach a database that does not answer yet.
const RETRY: Duration = Duration::from_millis(200);

/// What a connection may do: a role of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// All that the user of the URL may, such as migrating.
    Owner,
    /// Appending to the log.
    Writer,
    /// Filling read models.
    Projector,
    /// Signing the record of the log.
    Sealer,
    /// Reading both.
    Reader,
}

impl Access {
    fn role(self) -> Option<&'static str> {
        match self {
            Self::Owner => None,
            Self::Writer => Some("hansard_writer"),
            Self::Projector => Some("hansard_projector"),
            Self::Sealer => Some("hansard_sealer"),
            Self::Reader => Some("hansard_reader"),
        }
    }
}

impl Database {
    /// How to connect, with what may be done. `part` names the connection in `pg_stat_activity`.
    pub(crate) fn options(&self, access: Access, part: &str) -> Result<PgConnectOptions, sqlx::Error> {
        let options = self.database_url.reveal().parse::<PgConnectOptions>()?;
        let options = options.application_name(&format!("hansard {part}")).disable_statement_logging();
        Ok(match access.role() {
            // Statements are written for one plan, whatever their parameters: left to itself, PostgreSQL goes on planning
            // some of them at each execution, which takes it longer than executing them.
            // Nor are they compiled: a plan for whatever parameters looks dear, and compiling one takes 20 ms and more.
            Some(role) => options.options([("role", role), ("plan_cache_mode", "force_generic_plan"), ("jit", "off")]),
            None => options,
        })
    }

    /// A pool that connects when it is asked for the first connection.
    pub(crate) fn pool(&self, access: Access, part: &str, most: u32) -> Result<PgPool, sqlx::Error> {
        let pool = PgPoolOptions::new()
            .max_connections(most)
            .acquire_timeout(ACQUIRE_WITHIN)
            .test_before_acquire(false) // a round trip each time
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > IDLE_UNTRIED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            // Nothing is left to come where nobody gave up waiting.
            .after_release(|connection, _| {
                Box::pin(async move {
                    let answered = timeout(LEFT_WITHIN, connection.flush()).await;
                    answered.unwrap_or_else(|_| Err(sqlx::Error::Io(ErrorKind::TimedOut.into()))).map(|()| true)
                })
            });
        Ok(pool.connect_lazy_with(self.options(access, part)?))
    }

    /// Waits until the database answers; fails if it does not in time, or refuses us.
    pub(crate) async fn answers(&self) -> Result<(), sqlx::Error> {
        let options = self.options(Access::Owner, "start")?;
        let deadline = Instant::now() + self.database_wait;
        loop {
            let Err(error) = options.connect().await else { return Ok(()) };
            if !may_pass(&error) || Instant::now() >= deadline {
                return Err(error);
            }
            tracing::debug!(%error, "the database does not answer yet");
            sleep(RETRY).await;
        }
    }
}

/// Whether an error is of the moment: nobody listens yet, or a server that starts or stops.
fn may_pass(error: &sqlx::Error) -> bool {
    match error.as_database_error() {
        Some(refusal) => refusal.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("53")),
        None => matches!(error, sqlx::Error::Io(_)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_planned_once_and_never_compiled() {
        let database_url = "postgres://hansard@127.0.0.1/hansard".parse().unwrap();
        let database = Database { database_url, database_wait: RETRY };
        for access in [Access::Writer, Access::Projector, Access::Reader] {
            let options = database.options(access, "queries").unwrap();
            let set = options.get_options().unwrap();
            assert!(set.contains("plan_cache_mode=force_generic_plan") && set.contains("jit=off"), "{set}");
        }
        assert_eq!(database.options(Access::Owner, "start").unwrap().get_options(), None);
    }
}
