//! Sending and listing over HTTP, and how soon what was answered is seen.

use std::time::{Duration, Instant};

use sqlx::postgres::PgPool;

use crate::http::Connection;
use crate::load::{Answered, Asks, load};
use crate::median::{median, spread};
use crate::people::{Person, gather, line};
use crate::{Run, cpu, yardstick};

type Failed = Box<dyn std::error::Error>;

const CONNECTIONS: usize = 64;

/// `SendMessage` at 64 connections, signed in, with relay and projector on; then the lag at half of that load.
pub(crate) async fn send(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, CONNECTIONS).await?;
    let pool = PgPool::connect(&run.database).await?;
    let (mut bench, mut rates, mut ratios, mut p50, mut p99, mut own, mut postgres, mut nats, mut driver) =
        (vec![], vec![], vec![], vec![], vec![], vec![], vec![], vec![], vec![]);
    let mut yardstick = yardstick::one_row_inserts(&run.database, CONNECTIONS, run.time).await?;
    for _ in 0..run.rounds {
        let before = used(run, &pool).await?;
        let mut answered = load(&run.address, &people, Asks::Sends, run.time, None).await?;
        let micros = 1e6 / (answered.per_second() * answered.took);
        for ((of, after), before) in
            [&mut own, &mut postgres, &mut nats, &mut driver].into_iter().zip(used(run, &pool).await?).zip(before)
        {
            of.push((after - before) * micros);
        }
        let after = yardstick::one_row_inserts(&run.database, CONNECTIONS, run.time).await?;
        bench.push(f64::midpoint(std::mem::replace(&mut yardstick, after), after));
        ratios.extend(bench.last().map(|bench| answered.per_second() / bench));
        rates.push(answered.per_second());
        p50.push(answered.percentile(0.5));
        p99.push(answered.percentile(0.99));
    }
    let rate = median(rates);
    println!("| SendMessage, 64 connections | |\n| --- | ---: |");
    println!("| pgbench, one row, 64 clients, before and after each round | {:.0}/s |", median(bench));
    println!("| answered | {rate:.0}/s |");
    println!("| of pgbench in the same round: least, median, most | {} |", spread(ratios));
    println!("| p50, p99 | {:.1} ms, {:.1} ms |", median(p50), median(p99));
    println!("| CPU µs a command, hansard + PostgreSQL | {:.0} + {:.0} |", median(own), median(postgres));
    println!("| CPU µs a command, nats-server + those who ask | {:.0} + {:.0} |", median(nats), median(driver));
    let mut lag = lag(run, &people, rate / 2.0).await?;
    println!("| lag at half load: p50, p99 | {:.1} ms, {:.1} ms |", lag.percentile(0.5), lag.percentile(0.99));
    Ok(())
}

/// CPU seconds of the server, PostgreSQL, nats-server and this process.
async fn used(run: &Run, pool: &PgPool) -> Result<[f64; 4], Failed> {
    Ok([cpu::of_program(&run.binary), cpu::postgres(pool).await?, cpu::of_command("nats-server"), cpu::own()])
}

/// From the answer to a send until a query has seen it, while others send at `rate`.
async fn lag(run: &Run, people: &[Person], rate: f64) -> Result<Answered, Failed> {
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
    let mut others = others?;
    println!("| load during the lag's measurement | {:.0}/s |", others.per_second());
    println!("| answered meanwhile: p50, p99 | {:.1} ms, {:.1} ms |", others.percentile(0.5), others.percentile(0.99));
    lag
}

/// `ListMessages`, the newest page of 50, at 64 connections.
pub(crate) async fn list(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, CONNECTIONS).await?;
    load(&run.address, &people, Asks::Sends, Duration::from_secs(2), None).await?;
    let pool = PgPool::connect(&run.database).await?;
    let (mut bench, mut rates, mut p99, mut own, mut postgres) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..run.rounds {
        bench.push(yardstick::fifty_row_selects(&run.database, CONNECTIONS, run.time).await?);
        let before = (cpu::of_program(&run.binary), cpu::postgres(&pool).await?);
        let mut answered = load(&run.address, &people, Asks::Lists, run.time, None).await?;
        let micros = 1e6 / (answered.per_second() * answered.took);
        own.push((cpu::of_program(&run.binary) - before.0) * micros);
        postgres.push((cpu::postgres(&pool).await? - before.1) * micros);
        rates.push(answered.per_second());
        p99.push(answered.percentile(0.99));
    }
    let (bench, rate) = (median(bench), median(rates));
    println!("| ListMessages, 50 a page, 64 connections | |\n| --- | ---: |");
    println!("| pgbench, 50 rows by key, 64 clients | {bench:.0}/s |");
    println!("| answered | {rate:.0}/s |");
    println!("| of pgbench | {:.2} |", rate / bench);
    println!("| p99 | {:.1} ms |", median(p99));
    println!("| CPU µs a query, hansard + PostgreSQL | {:.0} + {:.0} |", median(own), median(postgres));
    Ok(())
}
