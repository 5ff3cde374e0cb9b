//! Appends, by how many writers at once: ours, stock postgres-es, and the yardstick.

mod note;
mod ours;
mod stock;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPool};

use crate::median::median;
use crate::target::Targets;
use crate::{cpu, yardstick};

const WRITERS: [usize; 4] = [1, 16, 64, 256];

/// How many of them there are where ours is to append this many times what stock postgres-es does: both one event that
/// rests on nothing, as postgres-es knows no guards and no keys.
const COMPARED: usize = 64;
const LEAST: f64 = 5.0;

type Failed = Box<dyn std::error::Error>;

/// A way of appending one event to a new stream, durably.
pub(crate) trait Appends: Clone + Send + Sync + 'static {
    fn append(&self, number: u64) -> impl Future<Output = ()> + Send;
}

/// What one measurement gave.
struct Measured {
    per_second: f64,
    own_micros: f64,
    postgres_micros: f64,
}

/// Prints the table of all ways at all numbers of writers.
pub(crate) async fn run(url: &str, rounds: usize, seconds: u64, targets: &mut Targets) -> Result<(), Failed> {
    let (time, database) = (Duration::from_secs(seconds), &url.parse::<PgConnectOptions>()?);
    let pool = PgPool::connect_with(database.clone()).await?;
    println!("| writers | way | events/s | of pgbench | of stock | CPU µs/event, ours + PostgreSQL's |");
    println!("| ---: | --- | ---: | ---: | ---: | ---: |");
    for writers in WRITERS {
        let (mut bench, mut stock, mut bare, mut full) = (vec![], vec![], vec![], vec![]);
        for _ in 0..rounds {
            bench.push(yardstick::one_row_inserts(url, writers, time).await?);
            stock.push(measure(&pool, stock::Stock::new(database, writers).await?, writers, time).await?);
            bare.push(measure(&pool, ours::Ours::new(database, ours::Rests::OnNothing).await?, writers, time).await?);
            full.push(measure(&pool, ours::Ours::new(database, ours::Rests::AsASendDoes).await?, writers, time).await?);
        }
        let yardstick = median(bench);
        let usual = rate(&stock);
        println!("| {writers} | pgbench, one row | {yardstick:.0} | 1 | {:.2} | |", yardstick / usual);
        if writers == COMPARED {
            let told = format!("pgbench inserted {yardstick:.0} rows a second, postgres-es appended {usual:.0} events");
            let what = format!("appends of {COMPARED} writers, of those of postgres-es");
            targets.at_least(&what, rate(&bare) / usual, LEAST, &told);
        }
        for (way, measured) in [("postgres-es", stock), ("ours", bare), ("ours: 4 guards, sealed", full)] {
            let rate = rate(&measured);
            let own = median(measured.iter().map(|measured| measured.own_micros).collect());
            let postgres = median(measured.iter().map(|measured| measured.postgres_micros).collect());
            println!(
                "| {writers} | {way} | {rate:.0} | {:.2} | {:.2} | {own:.0} + {postgres:.0} |",
                rate / yardstick,
                rate / usual
            );
        }
    }
    Ok(())
}

/// Events a second, in the middle of some rounds.
fn rate(measured: &[Measured]) -> f64 {
    median(measured.iter().map(|measured| measured.per_second).collect())
}

/// Appends about so many events, as sends do, with as many writers as there are at most.
pub(crate) async fn fill(database: &PgConnectOptions, events: u64) -> Result<(), Failed> {
    let ours = ours::Ours::new(database, ours::Rests::AsASendDoes).await?;
    let writers = WRITERS.into_iter().max().unwrap_or(1) as u64;
    let mut tasks = vec![];
    for writer in 0..writers {
        let ours = ours.clone();
        tasks.push(tokio::spawn(async move {
            for number in 0..events / writers {
                ours.append(writer << 32 | number).await;
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    Ok(())
}

/// Appends events one at a time, which rest on nothing.
pub(crate) async fn single(database: &PgConnectOptions) -> Result<ours::Ours, Failed> {
    ours::Ours::new(database, ours::Rests::OnNothing).await
}

async fn measure(pool: &PgPool, way: impl Appends, writers: usize, time: Duration) -> Result<Measured, Failed> {
    let appended = Arc::new(AtomicU64::new(0));
    let (own, postgres, started) = (cpu::own(), cpu::postgres(pool).await?, Instant::now());
    let mut tasks = Vec::with_capacity(writers);
    for writer in 0..writers {
        let (way, appended) = (way.clone(), Arc::clone(&appended));
        tasks.push(tokio::spawn(async move {
            let mut number = (writer as u64) << 32;
            while started.elapsed() < time {
                way.append(number).await;
                number += 1;
                appended.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    for task in tasks {
        task.await?;
    }
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' work")]
    let events = appended.load(Ordering::Relaxed) as f64;
    Ok(Measured {
        per_second: events / seconds,
        own_micros: (cpu::own() - own) / events * 1e6,
        postgres_micros: (cpu::postgres(pool).await? - postgres) / events * 1e6,
    })
}
