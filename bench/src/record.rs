//! The record of a long log: exporting it, checking the export, projecting it anew; then what is asked of it over HTTP.

mod asked;

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use sqlx::postgres::{PgPool, PgPoolCopyExt};
use tokio::process::Command;

use crate::ended::Ended;
use crate::http::Connection;
use crate::load::settled;
use crate::median::median;
use crate::people::{Person, gather};
use crate::target::Targets;
use crate::{Run, import};

type Failed = Box<dyn std::error::Error>;

/// Messages of the room that is looked at as it was, if the log is long enough: more than it is to have at each look.
const OF_THE_ROOM: u64 = 11_000;

/// Members of each room.
const MEMBERS: usize = 100;

/// What is measured against the first.
const WAYS: [&str; 4] = [
    "`COPY` of `log.events` to a file",
    "`hansard audit export`, NDJSON",
    "`hansard audit verify` of it",
    "`hansard projections rebuild`, until it serves",
];

/// Which of them checks an export.
const VERIFY: usize = 2;

/// Events of a log that is long enough for each of ours to be told to handle so many a second.
const LONG: i64 = 1_000_000;
const LEAST: f64 = 50_000.0;

/// MiB that the process may hold at once that checks an export, however long that is.
const MOST_MEMORY: f64 = 64.0;

/// A log that is long enough, and who may look at it.
struct Log {
    pool: PgPool,
    auditor: Person,
    /// Where exports go.
    folder: PathBuf,
}

/// Fills a log, and prints what it takes to handle it.
pub(crate) async fn record(run: &Run, events: u64, targets: &mut Targets) -> Result<(), Failed> {
    let log = Log::filled(run, events).await?;
    let (mut rates, mut ratios, mut memory) = (WAYS.map(|_| vec![]), WAYS.map(|_| vec![]), WAYS.map(|_| None));
    for _ in 0..run.rounds {
        let round = log.round(run).await?;
        for (way, (rate, most_memory)) in round.into_iter().enumerate() {
            rates[way].push(rate);
            ratios[way].push(rate / round[0].0);
            memory[way] = most_memory.max(memory[way]);
        }
    }
    let (events, rates, memory) = (log.position().await?, rates.map(median), memory.map(|bytes| bytes.map(mib)));
    println!("| of {events} events | events/s | of `COPY` | most memory, MiB |\n| --- | ---: | ---: | ---: |");
    for (((way, rate), ratios), memory) in WAYS.into_iter().zip(rates).zip(ratios).zip(memory) {
        let memory = memory.map_or_else(String::new, |mib| format!("{mib:.0}"));
        println!("| {way} | {rate:.0} | {:.2} | {memory} |", median(ratios));
    }
    println!();
    let [copied, ours @ ..] = rates;
    let yardstick = format!("`COPY` told {copied:.0} a second");
    if events >= LONG {
        for (way, rate) in WAYS.into_iter().skip(1).zip(ours) {
            targets.at_least(&format!("{way}, events a second"), rate, LEAST, &yardstick);
        }
    }
    let what = format!("{}, most memory in MiB", WAYS[VERIFY]);
    targets.at_most(&what, memory[VERIFY].unwrap_or(f64::NAN), MOST_MEMORY, &format!("of {events} events"));
    asked::asked(run, &log.pool, &log.auditor, targets).await
}

#[expect(clippy::cast_precision_loss, reason = "no process holds so much")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

impl Log {
    /// Imports two rooms, of which the smaller is looked at as it was.
    async fn filled(run: &Run, events: u64) -> Result<Self, Failed> {
        let of_the_room = OF_THE_ROOM.min(events / 2);
        import::room(asked::ROOM, &["owner@past.example.org"], MEMBERS, of_the_room, 0).await?;
        let rest = events - of_the_room;
        let imported = import::room("logged", &["owner@logged.example.org"], MEMBERS, rest, 0).await?;
        imported.print(&format!("import of {rest} messages"));
        let auditor = gather(&run.address, 1).await?.pop().ok_or("nobody is there")?;
        takes(run, &["admin", "grant-role", &auditor.email, "auditor"]).await?;
        let pool = PgPool::connect(&run.database).await?;
        settled(&pool).await?;
        sealed(&pool).await?;
        // Now, rather than by itself while something is measured.
        sqlx::query("vacuum (analyze)").execute(&pool).await?;
        let log = Self { pool, auditor, folder: std::env::var("HANSARD_RUN")?.into() };
        let mut connection = Connection::open(&run.address).await?;
        let key = connection.ask("GET", "/v1/audit/checkpoint-key", Some(&log.auditor.token), None).await?;
        if key.status != 200 {
            return Err(format!("the record is not signed: {}", String::from_utf8_lossy(&key.body)).into());
        }
        std::fs::write(log.key(), key.body)?;
        Ok(log)
    }

    /// Where the verifier key is.
    fn key(&self) -> PathBuf {
        self.folder.join("checkpoint-key")
    }

    /// Events a second of each of [`WAYS`], and the bytes that its process held at once; none where that is PostgreSQL's.
    async fn round(&self, run: &Run) -> Result<[(f64, Option<u64>); 4], Failed> {
        #[expect(clippy::cast_precision_loss, reason = "millions")]
        let events = self.position().await? as f64;
        let export = self.folder.join("export.ndjson");
        let (file, key) = (export.to_string_lossy(), self.key());
        let copied = copies(&self.pool, &self.folder.join("copy")).await?;
        let exported = takes(run, &["audit", "export", "--reason=benchmark", "--output", &file]).await?;
        let verified = takes(run, &["audit", "verify", &file, "--key", &key.to_string_lossy()]).await?;
        let rebuilt = takes(run, &["projections", "rebuild"]).await?;
        for left in ["export.ndjson", "export.ndjson.manifest.json"] {
            std::fs::remove_file(self.folder.join(left))?;
        }
        let replaced: Vec<i32> =
            sqlx::query_scalar("select generation from projection.generation where state = 'retired'")
                .fetch_all(&self.pool)
                .await?;
        for generation in replaced {
            takes(run, &["projections", "drop", &generation.to_string()]).await?;
        }
        settled(&self.pool).await?;
        let told = |ended: Ended| (events / ended.seconds, Some(ended.most_memory));
        Ok([(events / copied, None), told(exported), told(verified), told(rebuilt)])
    }

    async fn position(&self) -> Result<i64, sqlx::Error> {
        sqlx::query_scalar("select position from log.head").fetch_one(&self.pool).await
    }
}

/// Runs a command of the program, which must succeed.
pub(crate) async fn takes(run: &Run, arguments: &[&str]) -> Result<Ended, Failed> {
    let ended =
        Ended::of(Command::new(&run.binary).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped())).await?;
    if !ended.output.status.success() {
        let told = String::from_utf8_lossy(&ended.output.stderr);
        return Err(format!("hansard {}: {told}", arguments.join(" ")).into());
    }
    Ok(ended)
}

/// Seconds that it takes to have PostgreSQL tell all of the log, and to write that to disk.
async fn copies(pool: &PgPool, path: &Path) -> Result<f64, Failed> {
    let started = Instant::now();
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    let mut rows = pool.copy_out_raw("copy log.events to stdout").await?;
    while let Some(some) = rows.try_next().await? {
        file.write_all(&some)?;
    }
    file.into_inner().map_err(|error| error.to_string())?.sync_all()?;
    let took = started.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(took)
}

/// Waits until the record covers all of the log.
async fn sealed(pool: &PgPool) -> Result<(), Failed> {
    let behind = "select h.position - t.size from log.head h, record.tree t";
    while sqlx::query_scalar::<_, i64>(behind).fetch_one(pool).await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
