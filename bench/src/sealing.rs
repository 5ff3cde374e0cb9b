//! What sealing costs: events come to a log of their own that nobody seals, then a process seals them that does nothing
//! else, and then what trickles in. And how long there is no new checkpoint meanwhile.

use std::process::Stdio;
use std::time::{Duration, Instant};

use sqlx::Executor;
use sqlx::postgres::{PgConnectOptions, PgPool};
use time::OffsetDateTime;
use tokio::process::{Child, Command};

use crate::append::{self, Appends};
use crate::median::median;
use crate::target::Targets;
use crate::{Run, cpu, yardstick};

/// Events of a round that are there at once.
const EVENTS: u64 = 200_000;

/// CPU µs of all processes that sealing one of them may take.
const MOST: f64 = 8.0;

/// Milliseconds from one checkpoint to the next at most, while there is something new.
const LONGEST: f64 = 1000.0;

/// Pause between two looks at what is sealed, while there is much to catch up on.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Time from one event that trickles in to the next, and from one look to the next meanwhile.
const TRICKLE: Duration = Duration::from_millis(10);

/// The database of that log, on the run's PostgreSQL.
const DATABASE: &str = "hansard_sealing";

/// Clients of the yardstick.
const CLIENTS: usize = 64;

type Failed = Box<dyn std::error::Error>;

/// What a round gave.
struct Round {
    /// Seconds from the process's start to its first checkpoint.
    starting: f64,
    at_once: Sealed,
    trickled: Sealed,
}

/// What sealing some events took.
struct Sealed {
    per_second: f64,
    own_micros: f64,
    /// Of all of PostgreSQL where nobody else has it work, else of the connections of the process that seals.
    postgres_micros: f64,
    /// Seconds from one checkpoint to the next, at most.
    longest: f64,
}

/// The seconds from one checkpoint to the next.
struct Gaps {
    last: OffsetDateTime,
    seconds: Vec<f64>,
}

/// Prints what an event costs, the median of all rounds, and the longest time without a new checkpoint of any.
pub(crate) async fn sealing(run: &Run, targets: &mut Targets) -> Result<(), Failed> {
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
    let (mut inserts, mut starting, mut at_once, mut trickled) = (vec![], 0.0_f64, vec![], vec![]);
    for _ in 0..run.rounds {
        inserts.push(yardstick::one_row_inserts(&run.database, CLIENTS, run.time).await?);
        append::fill(&url.parse()?, EVENTS).await?;
        superuser.execute("checkpoint").await?;
        let round = seal(run, &url, &pool).await?;
        starting = starting.max(round.starting);
        at_once.push(round.at_once);
        trickled.push(round.trickled);
    }
    pool.close().await;
    superuser.execute(&*format!("drop database {DATABASE} with (force)")).await?;
    let yardstick = format!("pgbench inserted {:.0} rows a second with {CLIENTS} clients", median(inserts));
    println!("Before each round {yardstick}.\n");
    report(starting, &Sealed::middle(&at_once), &Sealed::middle(&trickled), targets, &yardstick);
    Ok(())
}

fn report(starting: f64, at_once: &Sealed, trickled: &Sealed, targets: &mut Targets, yardstick: &str) {
    let micros = |sealed: &Sealed| format!("{:.1} + {:.1}", sealed.own_micros, sealed.postgres_micros);
    let millis = |seconds: f64| seconds * 1e3;
    println!("| sealing | {EVENTS} events at once | events that trickle in |\n| --- | ---: | ---: |");
    println!("| events/s | {:.0} | {:.0} |", at_once.per_second, trickled.per_second);
    println!("| CPU µs/event, hansard + PostgreSQL | {} | {} |", micros(at_once), micros(trickled));
    println!("| from its start to the first checkpoint, at most | {:.0} ms | |", millis(starting));
    let [catching_up, following] = [at_once, trickled].map(|sealed| millis(sealed.longest));
    println!("| from one checkpoint to the next, at most | {catching_up:.0} ms | {following:.0} ms |");

    let what = format!("sealing {EVENTS} events at once, CPU µs of each");
    targets.at_most(&what, at_once.own_micros + at_once.postgres_micros, MOST, yardstick);
    let what = "longest time without a new checkpoint while much is caught up on, ms";
    targets.at_most(what, catching_up, LONGEST, yardstick);
    targets.at_most("longest time without a new checkpoint while events come, ms", following, LONGEST, yardstick);
}

/// Has all that is not sealed sealed, and then what trickles in. The start of the process that does it counts too, but not
/// as a time from one checkpoint to the next.
async fn seal(run: &Run, url: &str, pool: &PgPool) -> Result<Round, Failed> {
    let postgres = cpu::postgres(pool).await?;
    let mut gaps = Gaps::begin();
    let (unsealed, started) = (gaps.look(pool).await?, Instant::now());
    let mut sealer = sealer(run, url)?;
    while gaps.look(pool).await? > 0 {
        goes_on(&mut sealer)?;
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let seconds = started.elapsed().as_secs_f64();
    let used = [cpu::of_process(sealer.id().unwrap_or_default()), cpu::postgres(pool).await? - postgres];
    let (starting, following) = gaps.seconds.split_first().ok_or("no checkpoint was signed")?;
    let at_once = Sealed::of(unsealed, seconds, used, following);
    let trickled = trickle(run, url, pool, &mut sealer).await?;
    sealer.kill().await?;
    Ok(Round { starting: *starting, at_once, trickled })
}

/// Has events trickle in for as long as a measurement takes, then waits for a checkpoint that covers all of them. What
/// PostgreSQL takes to append them is not counted.
async fn trickle(run: &Run, url: &str, pool: &PgPool, sealer: &mut Child) -> Result<Sealed, Failed> {
    let events = append::single(&url.parse()?).await?;
    let before = used(pool, sealer).await?;
    let (mut gaps, started, mut number) = (Gaps::begin(), Instant::now(), 0_u64);
    let mut due = tokio::time::interval(TRICKLE);
    loop {
        due.tick().await;
        let is_over = started.elapsed() >= run.time;
        if !is_over {
            events.append(number).await;
            number += 1;
        }
        if gaps.look(pool).await? == 0 && is_over {
            break;
        }
        goes_on(sealer)?;
    }
    let after = used(pool, sealer).await?;
    let used = [after[0] - before[0], after[1] - before[1]];
    Ok(Sealed::of(number.cast_signed(), run.time.as_secs_f64(), used, &gaps.seconds))
}

/// CPU seconds of a process, and of its connections to this database.
async fn used(pool: &PgPool, process: &Child) -> Result<[f64; 2], Failed> {
    let connections = "select pid from pg_stat_activity \
        where datname = current_database() and application_name like 'hansard %'";
    let connections: Vec<i32> = sqlx::query_scalar(connections).fetch_all(pool).await?;
    let postgres: f64 = connections.iter().map(|connection| cpu::of_threads(connection.cast_unsigned())).sum();
    Ok([cpu::of_threads(process.id().unwrap_or_default()), postgres])
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

impl Sealed {
    /// Of so many events, in so many seconds, with the CPU seconds of hansard and PostgreSQL.
    fn of(events: i64, seconds: f64, [own, postgres]: [f64; 2], gaps: &[f64]) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "some hundred thousand")]
        let events = events as f64;
        Self {
            per_second: events / seconds,
            own_micros: own / events * 1e6,
            postgres_micros: postgres / events * 1e6,
            longest: gaps.iter().copied().fold(0.0, f64::max),
        }
    }

    /// The median of some rounds, and the longest time of any.
    fn middle(rounds: &[Self]) -> Self {
        let middle = |of: fn(&Self) -> f64| median(rounds.iter().map(of).collect());
        Self {
            per_second: middle(|sealed| sealed.per_second),
            own_micros: middle(|sealed| sealed.own_micros),
            postgres_micros: middle(|sealed| sealed.postgres_micros),
            longest: rounds.iter().map(|sealed| sealed.longest).fold(0.0, f64::max),
        }
    }
}

impl Gaps {
    /// As if a checkpoint had been signed now.
    fn begin() -> Self {
        Self { last: OffsetDateTime::now_utc(), seconds: vec![] }
    }

    /// Looks at the newest checkpoint; how many events it does not cover. One that is followed by another between two looks
    /// is missed, which makes the time that is told longer, never shorter.
    async fn look(&mut self, pool: &PgPool) -> Result<i64, sqlx::Error> {
        let newest = "select h.position - coalesce(max(c.size), 0), max(c.signed_at) \
            from log.head h left join record.checkpoint c on c.origin = h.origin group by h.position";
        let (unsealed, signed_at): (i64, Option<OffsetDateTime>) = sqlx::query_as(newest).fetch_one(pool).await?;
        if let Some(signed_at) = signed_at.filter(|signed_at| *signed_at > self.last) {
            self.seconds.push((signed_at - self.last).as_seconds_f64());
            self.last = signed_at;
        }
        Ok(unsealed)
    }
}
