//! Load over HTTP: as fast as it goes, or at a given rate whatever the answers take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tokio::task::JoinHandle;

use crate::http::Connection;
use crate::people::{Person, line};

type Failed = Box<dyn std::error::Error>;

/// What a load gave.
#[derive(Default)]
pub(crate) struct Answered {
    /// Seconds of each request, from when it was due.
    pub(crate) seconds: Vec<f64>,
    pub(crate) took: f64,
}

impl Answered {
    #[expect(clippy::cast_precision_loss, reason = "a count of seconds' work")]
    pub(crate) fn per_second(&self) -> f64 {
        self.seconds.len() as f64 / self.took
    }

    /// The value that this share of the requests stays under, in milliseconds.
    pub(crate) fn percentile(&mut self, share: f64) -> f64 {
        self.seconds.sort_by(f64::total_cmp);
        #[expect(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "an index"
        )]
        let index = (self.seconds.len() as f64 * share) as usize;
        self.seconds.get(index.min(self.seconds.len().saturating_sub(1))).map_or(f64::NAN, |seconds| seconds * 1e3)
    }
}

/// What each request asks.
#[derive(Clone, Copy)]
pub(crate) enum Asks {
    /// `SendMessage`.
    Sends,
    /// `ListMessages`, a page of 50.
    Lists,
}

/// Has everybody ask, each on a connection of their own. With a rate, requests fall due at it, and a late answer counts
/// from when its request was due.
///
/// All of them on one thread, as pgbench has its clients: those who ask shall not take the cores from who is asked.
pub(crate) async fn load(
    address: &str,
    people: &[Person],
    asks: Asks,
    time: Duration,
    rate: Option<f64>,
) -> Result<Answered, Failed> {
    let (address, people) = (address.to_owned(), people.to_vec());
    let asking = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(ask(&address, &people, asks, time, rate))
    };
    Ok(tokio::task::spawn_blocking(asking).await??)
}

async fn ask(
    address: &str,
    people: &[Person],
    asks: Asks,
    time: Duration,
    rate: Option<f64>,
) -> std::io::Result<Answered> {
    let (started, number) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut tasks = Vec::<JoinHandle<std::io::Result<Vec<f64>>>>::with_capacity(people.len());
    #[expect(clippy::cast_precision_loss, reason = "few people")]
    let each = rate.map(|rate| Duration::from_secs_f64(people.len() as f64 / rate));
    for (place, person) in people.iter().cloned().enumerate() {
        let (address, number) = (address.to_owned(), Arc::clone(&number));
        tasks.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            let mut seconds = Vec::new();
            let path = format!("/v1/rooms/{}/messages", person.room);
            let mut due =
                started + each.map_or(Duration::ZERO, |each| each * u32::try_from(place % 64).unwrap_or(0) / 64);
            while started.elapsed() < time {
                let asked = match each {
                    Some(each) => {
                        tokio::time::sleep_until(due.into()).await;
                        let next = due + each;
                        std::mem::replace(&mut due, next)
                    }
                    None => Instant::now(),
                };
                let (method, body, expected) = match asks {
                    Asks::Sends => ("POST", Some(line(number.fetch_add(1, Ordering::Relaxed))), 201),
                    Asks::Lists => ("GET", None, 200),
                };
                let answer = connection.ask(method, &path, Some(&person.token), body.as_ref()).await?;
                if answer.status != expected {
                    return Err(std::io::Error::other(String::from_utf8_lossy(&answer.body).into_owned()));
                }
                seconds.push(asked.elapsed().as_secs_f64());
            }
            Ok(seconds)
        }));
    }
    let mut answered = Answered::default();
    for task in tasks {
        answered.seconds.append(&mut task.await??);
    }
    answered.took = started.elapsed().as_secs_f64();
    Ok(answered)
}

/// Waits until read models have seen all that is on record.
pub(crate) async fn settled(pool: &PgPool) -> Result<(), Failed> {
    let behind = "select h.position - c.position from log.head h, read.checkpoint c";
    while sqlx::query_scalar::<_, i64>(behind).fetch_one(pool).await? > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}
