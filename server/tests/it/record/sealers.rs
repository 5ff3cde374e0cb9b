//! Two sealers at once, and one that is killed amid a batch: the record is what one alone makes of the log.

use std::time::Duration;

use api_kit::Context;
use record::SigningKeys;
use sealer::Sealer;
use serde_json::Value;
use sqlx::{Executor, PgPool};
use tokio::time::{Instant, sleep};

use crate::harness::{Setup, Spawned, TestDatabase};

/// How long sealing may take, and how long another may take to notice that it is its turn.
const WITHIN: Duration = Duration::from_mins(1);

/// A log that nothing but sealers looks at.
struct Log {
    setup: Setup,
    pool: PgPool,
    database: TestDatabase,
}

/// What a record is: its tiles, and the newest head.
type Record = (Vec<(i16, i64, Vec<u8>)>, String);

impl Log {
    async fn new() -> Self {
        let database = TestDatabase::copied().await;
        let setup = Setup::on(&database.url).signing();
        Self { setup, pool: PgPool::connect_lazy(&database.superuser_url).unwrap(), database }
    }

    /// A process that seals once it has the lease.
    async fn sealer(&self) -> Spawned {
        self.setup.spawn_with(&["--roles=sealer"]).await
    }

    /// Appends so many events.
    async fn grows(&self, events: i64) {
        let sql = "with more as (update log.head set position = position + $1, recorded_at = now() returning position) \
             insert into log.events select 'blob', p::text, 1, 'blob_claimed', '1', '{}', '{}', p, gen_random_uuid(), now() \
             from more, generate_series(position - $1 + 1, position) p";
        sqlx::query(sql).bind(events).execute(&self.pool).await.unwrap();
    }

    /// How much of the log is sealed, and how long it is.
    async fn covered(&self) -> (i64, i64) {
        let sql = "select t.size, h.position from record.tree t, log.head h";
        sqlx::query_as(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Waits until a signed head covers all of it.
    async fn is_sealed(&self) {
        let covered = "select exists (select from record.checkpoint c join log.head h on c.size = h.position)";
        self.becomes(covered).await;
        let (size, position) = self.covered().await;
        assert_eq!(size, position);
    }

    /// Waits until this is so.
    async fn becomes(&self, sql: &str) {
        let deadline = Instant::now() + WITHIN;
        while !sqlx::query_scalar::<_, bool>(sql).fetch_one(&self.pool).await.unwrap() {
            assert!(Instant::now() < deadline, "{sql}");
            // Polls what sealers write.
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// What one sealer makes of the same log, which nobody disturbs, is what there is.
    async fn equals_what_one_alone_makes(self) {
        let made = record(&self.pool).await;
        self.pool.close().await;
        let copy = self.database.copy().await;
        let pool = PgPool::connect(&copy.superuser_url).await.unwrap();
        let anew = "truncate record.tile, record.checkpoint, record.verifier; update record.tree set size = 0";
        pool.execute(anew).await.unwrap();
        let (alone, context) = (sealer(&pool), Context::ambient());
        let size: i64 = sqlx::query_scalar("select position from log.head").fetch_one(&pool).await.unwrap();
        let mut signed = alone.signed();
        tokio::select! {
            never = alone.run(|| context.now()) => match never {},
            _ = signed.wait_for(|signed| *signed >= size.cast_unsigned()) => {}
        }
        let expected = record(&pool).await;
        assert!(expected.0.len() > 20, "too short a log");
        assert!(made == expected, "{} and {}", made.1, expected.1);
        pool.close().await;
    }
}

/// A sealer that asks for no lease, as one does that was frozen while its own expired.
fn sealer(pool: &PgPool) -> Sealer {
    let keys = SigningKeys::parse(&format!("1:{}\n", "7c".repeat(32))).unwrap();
    Sealer::new(pool.clone(), keys, "hansard".to_owned())
}

async fn record(pool: &PgPool) -> Record {
    let tiles = sqlx::query_as("select level, index, hashes from record.tile order by 1, 2");
    let note = sqlx::query_scalar("select note from record.checkpoint order by size desc limit 1");
    (tiles.fetch_all(pool).await.unwrap(), note.fetch_one(pool).await.unwrap())
}

/// Whether a line of its log says that another sealed what it was about to.
fn is_moved(line: &Value) -> bool {
    line["message"] == "sealing stopped: beginning again" && line.to_string().contains("not of the size that it had")
}

#[tokio::test]
async fn of_two_sealers_at_once_one_seals_and_the_other_begins_again() {
    let log = Log::new().await;
    log.grows(1).await;
    let mut process = log.sealer().await;
    log.is_sealed().await;
    let (rival, context, deadline) = (sealer(&log.pool), Context::ambient(), Instant::now() + WITHIN);
    let story = async {
        loop {
            // The one that is stopped keeps what it knew of the tree.
            process.signal("STOP").await;
            log.grows(700).await;
            log.is_sealed().await;
            process.signal("CONT").await;
            for _ in 0..3 {
                log.grows(700).await;
                log.is_sealed().await;
            }
            if process.log.lock().unwrap().iter().any(is_moved) {
                break;
            }
            assert!(Instant::now() < deadline, "they did not meet");
        }
    };
    tokio::select! {
        never = rival.run(|| context.now()) => match never {},
        () = story => {}
    }
    // Alone again, it goes on.
    log.grows(6000).await;
    log.is_sealed().await;
    process.kill().await;
    log.equals_what_one_alone_makes().await;
}

#[tokio::test]
async fn a_sealer_that_is_killed_amid_a_batch_leaves_none_of_it() {
    let log = Log::new().await;
    log.grows(300).await;
    let mut process = log.sealer().await;
    log.is_sealed().await;
    // Where it stands when it is killed: at its tiles, at its head, at its verifier.
    for table in ["record.tile", "record.checkpoint", "record.verifier"] {
        let before = log.covered().await.0;
        let mut held = event_store::begin(&log.pool, "begin").await.unwrap();
        held.execute(&*format!("lock table {table} in exclusive mode")).await.unwrap();
        log.grows(2500).await;
        let waits = "select exists (select from pg_locks where not granted and relation = '{}'::regclass)";
        log.becomes(&waits.replace("{}", table)).await;
        process.kill().await;
        assert_eq!(log.covered().await.0, before);
        held.rollback().await.unwrap();
        log.becomes("select not exists (select from pg_stat_activity where datname = current_database() and usename <> current_user)")
            .await;
        assert_eq!(log.covered().await.0, before, "half a batch is none, {table}");
        process = log.sealer().await;
        log.is_sealed().await;
    }
    process.kill().await;
    log.equals_what_one_alone_makes().await;
}
