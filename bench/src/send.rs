//! Sending and listing over HTTP, and how soon what was answered is seen.

use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;

use crate::http::Connection;
use crate::load::{Answered, Asks, load};
use crate::median::{median, spread};
use crate::people::{Person, gather, line};
use crate::target::Targets;
use crate::{Run, cpu, yardstick};

type Failed = Box<dyn std::error::Error>;

const CONNECTIONS: usize = 64;

/// Messages that are to be taken in a second, and the share of the rows that pgbench inserts: whichever is less.
const LEAST: f64 = 10_000.0;
const OF_PGBENCH: f64 = 0.5;

/// How long after its answer a message may be unseen at half load but for one in a hundred, in milliseconds.
const MOST_LAG: f64 = 50.0;

/// What rounds of a load gave, each between two of pgbench.
#[derive(Default)]
struct Rounds {
    /// Transactions a second of pgbench, the mean of before and after.
    bench: Vec<f64>,
    /// Answers a second.
    rates: Vec<f64>,
    /// Milliseconds.
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// CPU µs a request: of the server, PostgreSQL, nats-server and those who ask.
    micros: [Vec<f64>; 4],
}

impl Rounds {
    async fn of(run: &Run, people: &[Person], asks: Asks) -> Result<Self, Failed> {
        let pool = PgPool::connect(&run.database).await?;
        let (mut rounds, mut yardstick) = (Self::default(), pgbench(run, asks).await?);
        for _ in 0..run.rounds {
            let before = used(run, &pool).await?;
            let mut answered = load(&run.address, people, asks, run.time, None).await?;
            let micros = 1e6 / (answered.per_second() * answered.took);
            for ((of, after), before) in rounds.micros.iter_mut().zip(used(run, &pool).await?).zip(before) {
                of.push((after - before) * micros);
            }
            let after = pgbench(run, asks).await?;
            rounds.bench.push(f64::midpoint(std::mem::replace(&mut yardstick, after), after));
            rounds.rates.push(answered.per_second());
            rounds.p50.push(answered.percentile(0.5));
            rounds.p99.push(answered.percentile(0.99));
        }
        Ok(rounds)
    }

    /// As a table, and what pgbench did, as targets have it; `transaction` is one of its, `request` one of ours.
    fn print(&self, what: &str, transaction: &str, request: &str) -> String {
        let ratios = self.rates.iter().zip(&self.bench).map(|(rate, bench)| rate / bench).collect();
        let [bench, rate, p50, p99] = [&self.bench, &self.rates, &self.p50, &self.p99].map(|of| median(of.clone()));
        let [own, postgres, nats, driver] = self.micros.each_ref().map(|of| median(of.clone()));
        println!("| {what}, {CONNECTIONS} connections | |\n| --- | ---: |");
        println!("| pgbench, {transaction}, {CONNECTIONS} clients, before and after each round | {bench:.0}/s |");
        println!("| answered | {rate:.0}/s |");
        println!("| of pgbench in the same round: least, median, most | {} |", spread(ratios));
        println!("| p50, p99 | {p50:.1} ms, {p99:.1} ms |");
        println!("| CPU µs a {request}, hansard + PostgreSQL | {own:.0} + {postgres:.0} |");
        println!("| CPU µs a {request}, nats-server + those who ask | {nats:.0} + {driver:.0} |");
        format!("pgbench, {transaction}, {CONNECTIONS} clients: {bench:.0} a second")
    }
}

/// What pgbench does in a second that compares with what is asked.
async fn pgbench(run: &Run, asks: Asks) -> Result<f64, Failed> {
    match asks {
        Asks::Sends => yardstick::one_row_inserts(&run.database, CONNECTIONS, run.time).await,
        Asks::Lists => yardstick::fifty_row_selects(&run.database, CONNECTIONS, run.time).await,
    }
}

/// `SendMessage` at 64 connections, signed in, with relay and projector on; then the lag at half of that load.
pub(crate) async fn send(run: &Run, targets: &mut Targets) -> Result<(), Failed> {
    let people = gather(&run.address, CONNECTIONS).await?;
    let rounds = Rounds::of(run, &people, Asks::Sends).await?;
    let yardstick = rounds.print("SendMessage", "one row", "command");
    // Each round against pgbench of the same: machines become faster and slower within minutes.
    let shares = rounds.rates.iter().zip(&rounds.bench).map(|(rate, bench)| rate / LEAST.min(bench * OF_PGBENCH));
    let what = format!("messages sent a second, of {LEAST} or {OF_PGBENCH} of pgbench, whichever is less");
    targets.at_least(&what, median(shares.collect()), 1.0, &yardstick);

    let (mut loads, mut p50, mut p99, mut seen_p50, mut seen_p99) = (vec![], vec![], vec![], vec![], vec![]);
    let rate = median(rounds.rates);
    for _ in 0..run.rounds {
        let [mut seen, mut others] = lag(run, &people, rate / 2.0).await?;
        loads.push(others.per_second());
        p50.push(others.percentile(0.5));
        p99.push(others.percentile(0.99));
        seen_p50.push(seen.percentile(0.5));
        seen_p99.push(seen.percentile(0.99));
    }
    let (load, seen_p99) = (median(loads), median(seen_p99));
    println!("| load during the lag's measurement | {load:.0}/s |");
    println!("| answered meanwhile: p50, p99 | {:.1} ms, {:.1} ms |", median(p50), median(p99));
    println!("| lag at half load: p50, p99 | {:.1} ms, {seen_p99:.1} ms |", median(seen_p50));
    targets.at_most("lag at half load, p99 in ms", seen_p99, MOST_LAG, &format!("{yardstick}; {load:.0} were sent"));
    Ok(())
}

/// CPU seconds of the server, PostgreSQL, nats-server and this process.
async fn used(run: &Run, pool: &PgPool) -> Result<[f64; 4], Failed> {
    Ok([cpu::of_program(&run.binary), cpu::postgres(pool).await?, cpu::of_command("nats-server"), cpu::own()])
}

/// From the answer to a send until a query has seen it, while others send at `rate`; and what those were answered.
async fn lag(run: &Run, people: &[Person], rate: f64) -> Result<[Answered; 2], Failed> {
    let (sampler, others) = people.split_first().ok_or("nobody is there")?;
    let time = run.time * 2;
    let sample = async {
        let mut connection = Connection::open(&run.address).await?;
        let (mut seen, started, mut number) = (Answered::default(), Instant::now(), 0);
        let mut pace = tokio::time::interval(Duration::from_millis(10));
        while started.elapsed() < time {
            pace.tick().await;
            number += 1;
            let path = format!("/v1/rooms/{}/messages", sampler.room);
            let sent = connection.ask("POST", &path, Some(&sampler.token), Some(&line(number))).await?.json();
            let answered = Instant::now();
            let path = format!("{path}/{}?min_position={}", sent["id"].as_str().unwrap_or_default(), sent["position"]);
            let read = connection.ask("GET", &path, Some(&sampler.token), None).await?;
            if read.status != 200 {
                return Err(format!("{path}: {}", read.status).into());
            }
            seen.seconds.push(answered.elapsed().as_secs_f64());
        }
        Ok::<_, Failed>(seen)
    };
    let (lag, others) = tokio::join!(sample, load(&run.address, others, Asks::Sends, time, Some(rate)));
    Ok([lag?, others?])
}

/// `ListMessages`, the newest page of 50, at 64 connections.
pub(crate) async fn list(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, CONNECTIONS).await?;
    load(&run.address, &people, Asks::Sends, Duration::from_secs(2), None).await?;
    let rounds = Rounds::of(run, &people, Asks::Lists).await?;
    rounds.print("ListMessages, 50 a page", "50 rows by key", "query");
    Ok(())
}
