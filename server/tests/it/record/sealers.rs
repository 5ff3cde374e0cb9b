//! Two sealers at once, and one that is killed amid a batch: the record is what one alone makes of the log. One that has
//! much to catch up on, one whose log grows little by little, and one that has kept checkpoints for years. And one whose log
//! was restored from an older copy.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use api_kit::Context;
use record::{Head, SigningKeys};
use sealer::{Pusher, Sealer, Target};
use serde_json::Value;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Executor, PgPool};
use time::OffsetDateTime;
use tokio::time::{Instant, sleep};

use super::pushed::there;
use crate::harness::{Setup, Spawned, TestDatabase};

/// How long sealing may take, and how long another may take to notice that it is its turn.
const WITHIN: Duration = Duration::from_mins(1);

/// How many heads are looked at, one after the other.
const HEADS: usize = 5;

/// Forgets the tree and its heads, so that it is made anew.
const ANEW: &str = "truncate record.tile, record.checkpoint, record.verifier; update record.tree set size = 0";

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
        Self::on(TestDatabase::copied().await)
    }

    fn on(database: TestDatabase) -> Self {
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

    /// What the heads cover that are kept.
    async fn kept(&self) -> Vec<i64> {
        sqlx::query_scalar("select size from record.checkpoint order by size").fetch_all(&self.pool).await.unwrap()
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
        pool.execute(ANEW).await.unwrap();
        let size: i64 = sqlx::query_scalar("select position from log.head").fetch_one(&pool).await.unwrap();
        let context = Context::ambient();
        seals(&sealer(&pool), size.cast_unsigned(), || context.now()).await;
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

/// Seals until a head covers so many events.
async fn seals(sealer: &Sealer, size: u64, now: impl Fn() -> OffsetDateTime) {
    let mut signed = sealer.signed();
    tokio::select! {
        never = sealer.run(now) => match never {},
        _ = signed.wait_for(|signed| *signed >= size) => {}
    }
}

/// Seals so much, and brings the head to a place.
async fn publishes(pool: &PgPool, folder: &Path, size: u64) {
    let (sealer, context, target) = (sealer(pool), Context::ambient(), Target::Folder(folder.to_owned()));
    let pusher = Pusher::new(pool.clone(), Arc::new(target), sealer.signed());
    let brought = async {
        seals(&sealer, size, || context.now()).await;
        published(folder, size).await;
    };
    tokio::select! {
        never = pusher.run() => match never {},
        () = brought => {}
    }
}

/// A clock by which a minute passes from each look to the next: a page takes that long, and each head is the last of a
/// minute, so that all of them are kept.
fn hurried() -> impl Fn() -> OffsetDateTime {
    let (begun, minutes) = (Context::ambient().now(), Cell::new(0));
    move || {
        minutes.set(minutes.get() + 1);
        begun + time::Duration::minutes(minutes.get())
    }
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

#[tokio::test]
async fn a_sealer_that_has_much_to_catch_up_on_signs_what_it_has_meanwhile() {
    let log = Log::new().await;
    log.grows(5000).await;
    seals(&sealer(&log.pool), 5000, hurried()).await;
    assert_eq!(log.kept().await, [2000, 4000, 5000], "a head after each page");
}

#[tokio::test]
async fn what_comes_little_by_little_is_signed_within_a_second() {
    let log = Log::new().await;
    log.grows(1).await;
    let mut process = log.sealer().await;
    log.is_sealed().await;
    let (deadline, mut covered, mut waits) = (Instant::now() + WITHIN, log.covered().await.0, vec![]);
    // How long the oldest event waited that no earlier head covers.
    let newer = "select c.size, extract(epoch from c.signed_at - e.recorded_at)::float8 from record.checkpoint c \
        join log.events e on e.position = $1 + 1 where c.size > $1 order by c.size desc limit 1";
    while waits.len() < HEADS {
        assert!(Instant::now() < deadline, "seconds: {waits:?}");
        log.grows(1).await;
        let signed: Option<(i64, f64)> = sqlx::query_as(newer).bind(covered).fetch_optional(&log.pool).await.unwrap();
        if let Some((size, waited)) = signed {
            covered = size;
            waits.push(waited);
        }
        // Polls what sealers write.
        sleep(Duration::from_millis(5)).await;
    }
    process.kill().await;
    // The middle: once in a while the machine has other things to do.
    waits.sort_by(f64::total_cmp);
    assert!((0.0..=1.0).contains(&waits[HEADS / 2]), "seconds: {waits:?}");
}

#[tokio::test]
async fn what_is_sealed_anew_is_signed_once_it_covers_what_was_published() {
    let (log, folder) = (Log::new().await, tempfile::tempdir().unwrap());
    log.grows(3000).await;
    publishes(&log.pool, folder.path(), 3000).await;
    log.grows(2000).await;
    log.pool.execute(ANEW).await.unwrap();
    let target = Arc::new(Target::Folder(folder.path().to_owned()));
    seals(&sealer(&log.pool).compared_with(vec![target]), 5000, hurried()).await;
    assert_eq!(log.kept().await, [4000, 5000], "the first page ends before what was published does");
}

#[tokio::test]
async fn a_checkpoint_costs_as_much_whether_few_are_kept_or_those_of_years() {
    let (log, folder) = (Log::new().await, tempfile::tempdir().unwrap());
    log.grows(1).await;
    publishes(&log.pool, folder.path(), 1).await;
    let earlier = "insert into record.checkpoint (origin, size, note, signed_at) \
        select origin, -n, '', now() - n * interval '1 minute' from log.head, generate_series(1, 10000) n";
    log.pool.execute(earlier).await.unwrap();
    log.grows(1).await;
    let options: PgConnectOptions = log.database.superuser_url.parse().unwrap();
    let counted = PgPool::connect_with(options.application_name("counted")).await.unwrap();
    publishes(&counted, folder.path(), 2).await;
    // One that comes back while its pool is being closed stays open until the pool is dropped.
    drop(counted);
    // What a connection read is counted by the time that it has ended.
    log.becomes("select not exists (select from pg_stat_activity where application_name = 'counted' and datname = current_database())")
        .await;
    let read = "select (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int8 from pg_stat_all_tables \
        where relid = 'record.checkpoint'::regclass";
    let read: i64 = sqlx::query_scalar(read).fetch_one(&log.pool).await.unwrap();
    assert!((1..200).contains(&read), "{read} rows were read");
}

/// The files below a folder, and what is in them.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// Waits until the newest checkpoint of a folder covers so many events.
async fn published(folder: &Path, size: u64) -> Head {
    let newest = || Head::read(&std::fs::read(folder.join("latest")).ok()?).ok().filter(|head| head.size == size);
    there("the checkpoint", newest).await
}

/// Whether a line of its log says that what was published is of another history.
fn is_of_another_history(line: &Value) -> bool {
    line["message"] == "nothing is signed under the name of another history: a new epoch must begin"
}

/// Ends a process, which gives its lease back.
async fn stops(mut process: Spawned) {
    process.signal("TERM").await;
    assert!(process.ends().await.success());
}

#[tokio::test]
async fn a_log_that_was_restored_signs_nothing_under_the_name_of_what_was_published() {
    let kept = tempfile::tempdir().unwrap();
    let folder = format!("--checkpoint-folder={}", kept.path().display());
    let flags = ["--roles=sealer", &folder];
    let log = Log::new().await;
    log.grows(300).await;
    let process = log.setup.spawn_with(&flags).await;
    published(kept.path(), 300).await;
    stops(process).await;
    let older = Log::on(log.database.copy().await);
    log.grows(50).await;
    let process = log.setup.spawn_with(&flags).await;
    let lost = published(kept.path(), 350).await;
    stops(process).await;
    let before = files(kept.path());

    // It ends before what was published does, ends with it, and has come further, each time with other events.
    for more in [0, 50, 10] {
        older.grows(more).await;
        let mut process = older.setup.spawn_with(&flags).await;
        let told = process.tells(is_of_another_history).await.to_string();
        assert!(told.contains("350 events"), "{told}");
        stops(process).await;
        let newest = sqlx::query_scalar::<_, i64>("select max(size) from record.checkpoint");
        assert_eq!(newest.fetch_one(&older.pool).await.unwrap(), 300, "after {more} more events");
        assert_eq!(files(kept.path()), before, "after {more} more events");
    }

    // Under another name it goes on, beside what was published.
    let told = older.setup.command(["restored"]).await;
    assert!(told.status.success(), "{told:?}");
    let process = older.setup.spawn_with(&flags).await;
    let newest = published(kept.path(), 360).await;
    stops(process).await;
    assert_ne!(newest.origin, lost.origin);
    let (latest, after) = (kept.path().join("latest"), files(kept.path()));
    for (file, text) in before.iter().filter(|(file, _)| **file != latest) {
        assert_eq!(after.get(file), Some(text), "{}", file.display());
    }
}
