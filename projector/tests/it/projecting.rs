//! A projector at work in a test: run, waited for, looked at.

use std::collections::BTreeMap;
use std::time::Duration;

use event_store::Reader;
use projector::{Batch, Feed, FeedError, Pace, Projector, Report};
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::database::Database;
use crate::log::Log;

/// A database, its log and a projector.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) log: Log,
    pub(crate) projector: Projector,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_pace(brisk()).await
    }

    pub(crate) async fn with_pace(pace: Pace) -> Self {
        let database = Database::new().await;
        let log = Log::new(&database.owner);
        let projector = Projector::new(database.projector.clone(), log.reader(), log.keyring(), pace);
        Self { database, log, projector }
    }

    /// Another projector of the same read models, as another process would have.
    pub(crate) fn another_projector(&self, pace: Pace) -> Projector {
        Projector::new(self.database.projector.clone(), self.log.reader(), self.log.keyring(), pace)
    }

    /// Runs the projector beside the test.
    pub(crate) fn run(&self) -> Running {
        run(&self.projector, Tail(self.log.reader()))
    }

    /// Runs the projector until it has projected all of the log.
    pub(crate) async fn settle(&self) {
        let running = self.run();
        reached(&self.projector, self.log.position).await;
        running.stop().await;
    }

    pub(crate) async fn verify(&self) -> Report {
        self.projector.verify(&mut |_| {}).await.unwrap()
    }

    pub(crate) async fn rows(&self) -> BTreeMap<String, Vec<String>> {
        rows(&self.database.owner).await
    }
}

/// Everything waits for less than a test has patience for.
pub(crate) fn brisk() -> Pace {
    Pace {
        segment: 2,
        copied_from: 3,
        standby: Duration::from_millis(100),
        retry: (Duration::from_millis(5), Duration::from_millis(50)),
        ..Pace::default()
    }
}

/// A projector that runs beside the test.
pub(crate) struct Running {
    shutdown: CancellationToken,
    tasks: TaskTracker,
}

impl Running {
    pub(crate) async fn stop(self) {
        self.shutdown.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

pub(crate) fn run(projector: &Projector, feed: impl Feed + 'static) -> Running {
    let (shutdown, tasks, projector) = (CancellationToken::new(), TaskTracker::new(), projector.clone());
    let token = shutdown.clone();
    tasks.spawn(async move { projector.run(feed, token).await });
    Running { shutdown, tasks }
}

/// Waits until the read models hold the event at `position`.
pub(crate) async fn reached(projector: &Projector, position: i64) {
    let mut seen = projector.position();
    let wait = seen.wait_for(|seen| seen.generation > 0 && seen.position >= position);
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("the read models get there").unwrap();
}

/// Every view of schema `read`, with its rows as text, in order; the checkpoint aside.
pub(crate) async fn rows(pool: &PgPool) -> BTreeMap<String, Vec<String>> {
    let mut tables = BTreeMap::new();
    for table in tables_served(pool).await {
        let sql = format!("select t::text from read.{table} t order by 1");
        let rows = sqlx::query_scalar(&sql).fetch_all(pool).await.unwrap();
        tables.insert(table, rows);
    }
    tables
}

pub(crate) async fn tables_served(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select viewname::text from pg_views where schemaname = 'read' and viewname <> 'checkpoint' order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

/// Tails the log by asking for more every few milliseconds.
pub(crate) struct Tail(pub(crate) Reader);

impl Feed for Tail {
    async fn next(&mut self, after: i64, max: usize) -> Result<Batch, FeedError> {
        loop {
            let failed = |error: sqlx::Error| FeedError(Box::new(error));
            let events = self.0.after(after, i64::try_from(max).unwrap()).await.map_err(failed)?;
            // Only now: an epoch that began before them is seen.
            let epoch = self.0.head().await.map_err(failed)?.epoch;
            if !events.is_empty() {
                return Ok(Batch { epoch, events });
            }
            // Polls the log.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}
