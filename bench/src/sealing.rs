//! What sealing costs: events come to a log of their own that nobody seals, then a process seals them that does nothing else.
//! And how long there is no new checkpoint: while it catches up, and then while new events trickle in.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPool};
use time::OffsetDateTime;
use tokio::process::{Child, Command};

use crate::append::{self, Appends};
use crate::median::median;
use crate::{Run, cpu};

/// Events of a round.
const EVENTS: u64 = 200_000;

/// Pause between two looks at what is sealed, and between two events that trickle in.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// The database of that log, on the run's PostgreSQL.
const DATABASE: &str = "hansard_sealing";

type Failed = Box<dyn std::error::Error>;

/// What a round gave.
struct Sealed {
    per_second: f64,
    own_micros: f64,
    postgres_micros: f64,
    /// Seconds from the process's start to the first checkpoint, or from one to the next, at most.
    catching_up: f64,
    /// The same from the first event that trickles in.
    trickling: f64,
}

/// The longest time from one checkpoint to the next.
struct Gaps {
    last: OffsetDateTime,
    longest: time::Duration,
}

/// Prints what an event costs, the median of all rounds, and the longest time without a new checkpoint of any.
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
    let most = |of: fn(&Sealed) -> f64| rounds.iter().map(of).fold(0.0, f64::max) * 1e3;
    println!(
        "| sealing {EVENTS} events at once, events/s | CPU µs/event, hansard + PostgreSQL | no new checkpoint meanwhile, at most | \
         while events trickle in |"
    );
    println!("| ---: | ---: | ---: | ---: |");
    println!(
        "| {:.0} | {:.1} + {:.1} | {:.0} ms | {:.0} ms |",
        middle(|sealed| sealed.per_second),
        middle(|sealed| sealed.own_micros),
        middle(|sealed| sealed.postgres_micros),
        most(|sealed| sealed.catching_up),
        most(|sealed| sealed.trickling),
    );
    Ok(())
}

/// Has all that is not sealed sealed, and then what trickles in. The start of the process that does it counts too.
async fn seal(run: &Run, url: &str, pool: &PgPool) -> Result<Sealed, Failed> {
    let postgres = cpu::postgres(pool).await?;
    let mut gaps = Gaps::begin();
    let (unsealed, started) = (gaps.look(pool).await?, Instant::now());
    let mut sealer = sealer(run, url)?;
    while gaps.look(pool).await? > 0 {
        goes_on(&mut sealer)?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let own = cpu::of_process(sealer.id().unwrap_or_default());
    let postgres = cpu::postgres(pool).await? - postgres;
    let trickling = trickle(run, url, pool, &mut sealer).await?;
    sealer.kill().await?;
    #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
    let events = unsealed as f64;
    Ok(Sealed {
        per_second: events / seconds,
        own_micros: own / events * 1e6,
        postgres_micros: postgres / events * 1e6,
        catching_up: gaps.longest.as_seconds_f64(),
        trickling,
    })
}

/// Has events trickle in for as long as a measurement takes; the most seconds without a new checkpoint, until one covers
/// all of them.
async fn trickle(run: &Run, url: &str, pool: &PgPool, sealer: &mut Child) -> Result<f64, Failed> {
    let events = append::single(&url.parse()?).await?;
    let (mut gaps, started, mut number) = (Gaps::begin(), Instant::now(), 0);
    loop {
        let is_over = started.elapsed() >= run.time;
        if !is_over {
            events.append(number).await;
            number += 1;
        }
        if gaps.look(pool).await? == 0 && is_over {
            return Ok(gaps.longest.as_seconds_f64());
        }
        goes_on(sealer)?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// Fails if the process has ended.
fn goes_on(sealer: &mut Child) -> Result<(), Failed> {
    match sealer.try_wait()? {
        Some(ended) => Err(format!("the sealer ended: {ended}").into()),
        None => Ok(()),
    }
}

/// A process that plays the sealer alone.
fn sealer(run: &Run, url: &str) -> std::io::Result<Child> {
    let arguments = ["serve", "--roles=sealer", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0"];
    let mut sealer = Command::new(&run.binary);
    sealer.args(arguments).env("DATABASE_URL", url).env_remove("HANSARD_NATS_URL");
    sealer.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true).spawn()
}

impl Gaps {
    /// As if a checkpoint had been signed now.
    fn begin() -> Self {
        Self { last: OffsetDateTime::now_utc(), longest: time::Duration::ZERO }
    }

    /// Looks at the newest checkpoint; how many events it does not cover. One that is followed by another between two looks
    /// is missed, which makes the time that is told longer, never shorter.
    async fn look(&mut self, pool: &PgPool) -> Result<i64, sqlx::Error> {
        let newest = "select h.position - coalesce(max(c.size), 0), max(c.signed_at) \
            from log.head h left join record.checkpoint c on c.origin = h.origin group by h.position";
        let (unsealed, signed_at): (i64, Option<OffsetDateTime>) = sqlx::query_as(newest).fetch_one(pool).await?;
        if let Some(signed_at) = signed_at.filter(|signed_at| *signed_at > self.last) {
            self.longest = self.longest.max(signed_at - self.last);
            self.last = signed_at;
        }
        Ok(unsealed)
    }
}
