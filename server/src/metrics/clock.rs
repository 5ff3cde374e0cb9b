//! Whether clocks agree: the database's with the log, whose times never go back, and with this process's.

use std::sync::atomic::{AtomicBool, Ordering};

use api_kit::Context;
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::time::timeout;

use super::lag::WITHIN;

/// Seconds by which clocks may differ. Beyond it times mislead: events are recorded at the time of the last one until the
/// database's clock has come that far, and sessions, bans and mutes end by the clock of the process that is asked.
const MOST: f64 = 5.0;

/// The clocks that this process goes by.
pub(crate) struct Clocks {
    pool: PgPool,
    context: Context,
    /// Whether they differ too much, as was told last.
    differ: AtomicBool,
}

impl Clocks {
    /// The clocks of this process, of the database and of its log.
    pub(crate) fn new(pool: PgPool, context: Context) -> Self {
        Self { pool, context, differ: AtomicBool::new(false) }
    }

    /// Compares them, and warns once when they begin to differ.
    pub(super) async fn observe(&self) {
        let shown = sqlx::query_as::<_, (OffsetDateTime, OffsetDateTime)>(
            "select clock_timestamp(), recorded_at from log.head",
        );
        let Ok(Ok((database, log))) = timeout(WITHIN, shown.fetch_one(&self.pool)).await else { return };
        let ahead = (self.context.now() - database).as_seconds_f64();
        let behind = (log - database).as_seconds_f64().max(0.0);
        metrics::gauge!("hansard_clock_ahead_of_database_seconds").set(ahead);
        metrics::gauge!("hansard_log_ahead_of_database_seconds").set(behind);
        let differ = ahead.abs() > MOST || behind > MOST;
        if differ && !self.differ.swap(differ, Ordering::Relaxed) {
            tracing::warn!(
                clock.ahead_of_database_s = ahead,
                log.ahead_of_database_s = behind,
                "clocks differ: look after the time of this machine and of the database's"
            );
        }
        self.differ.store(differ, Ordering::Relaxed);
    }
}
