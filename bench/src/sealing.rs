//! What sealing costs: events come to a log of their own that nobody seals, then a process seals them that does nothing else.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPool};
use tokio::process::{Child, Command};

use crate::median::median;
use crate::{Run, append, cpu};

/// Events of a round.
const EVENTS: u64 = 200_000;

/// The database of that log, on the run's PostgreSQL.
const DATABASE: &str = "hansard_sealing";

type Failed = Box<dyn std::error::Error>;

/// What a round gave.
struct Sealed {
    per_second: f64,
    own_micros: f64,
    postgres_micros: f64,
}

/// Prints what an event costs: the median of all rounds.
pub(crate) async fn sealing(run: &Run) -> Result<(), Failed> {
    let (server, _) = run.database.rsplit_once('/').ok_or("a database's address")?;
    let url = format!("{server}/{DATABASE}");
    let superuser = PgPool::connect(&std::env::var("POSTGRES_SUPERUSER_URL")?).await?;
    let owner = PgConnectOptions::get_username(&run.database.parse()?).to_owned();
    superuser.execute(&*format!("create database {DATABASE} owner {owner}")).await?;
    if !Command::new(&run.binary).arg("migrate").env("DATABASE_URL", &url).status().await?.success() {
        return Err("the migration failed".into());
    }
    let pool = PgPool::connect(&url).await?;
    // Cleaning up is owed to appending.
    pool.execute("alter table log.events set (autovacuum_enabled = false)").await?;
    let mut rounds = vec![];
    for _ in 0..run.rounds {
        append::fill(&url.parse()?, EVENTS).await?;
        superuser.execute("checkpoint").await?;
        rounds.push(seal(run, &url, &pool).await?);
    }
    pool.close().await;
    superuser.execute(&*format!("drop database {DATABASE} with (force)")).await?;
    let middle = |of: fn(&Sealed) -> f64| median(rounds.iter().map(of).collect());
    println!("| sealing {EVENTS} events at once, events/s | CPU µs/event, hansard + PostgreSQL |");
    println!("| ---: | ---: |");
    println!(
        "| {:.0} | {:.1} + {:.1} |",
        middle(|sealed| sealed.per_second),
        middle(|sealed| sealed.own_micros),
        middle(|sealed| sealed.postgres_micros),
    );
    Ok(())
}

/// Has all that is not sealed sealed. The start of the process that does it counts too.
async fn seal(run: &Run, url: &str, pool: &PgPool) -> Result<Sealed, Failed> {
    let unsealed = unsealed(pool).await?;
    let (postgres, started) = (cpu::postgres(pool).await?, Instant::now());
    let mut sealer = sealer(run, url)?;
    while self::unsealed(pool).await? > 0 {
        if let Some(ended) = sealer.try_wait()? {
            return Err(format!("the sealer ended: {ended}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let own = cpu::of_process(sealer.id().unwrap_or_default());
    sealer.kill().await?;
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let events = unsealed as f64;
    Ok(Sealed {
        per_second: events / seconds,
        own_micros: own / events * 1e6,
        postgres_micros: (cpu::postgres(pool).await? - postgres) / events * 1e6,
    })
}

/// A process that plays the sealer alone.
fn sealer(run: &Run, url: &str) -> std::io::Result<Child> {
    let arguments = ["serve", "--roles=sealer", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0"];
    let mut sealer = Command::new(&run.binary);
    sealer.args(arguments).env("DATABASE_URL", url).env_remove("HANSARD_NATS_URL");
    sealer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()
}

/// Events of the log that the record does not cover.
async fn unsealed(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("select h.position - t.size from log.head h, record.tree t").fetch_one(pool).await
}
