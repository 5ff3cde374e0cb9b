//! All streams are cut at once, and half of them come back within seconds, while people go on.

use std::time::{Duration, Instant};

use client::{Connection as Stream, Place};
use futures::future::try_join_all;
use serde_json::json;
use tokio::time::sleep;

use super::{Failed, open};
use crate::Run;
use crate::http::Connection;
use crate::load::{Asks, load};
use crate::people::{Person, expect, line};

/// Streams that come back, and within which time they all try.
const STREAMS: usize = 5000;
const WITHIN: Duration = Duration::from_secs(5);

/// Commands a second meanwhile, and for how long.
const COMMANDS: f64 = 100.0;
const MEANWHILE: Duration = Duration::from_secs(8);

/// How long one may try, and its pause between two attempts.
const PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(100);

/// Cuts all streams, of which so many each come back.
pub(super) async fn all_come_back(
    run: &Run,
    people: &[Person],
    each: usize,
    streams: Vec<Stream>,
) -> Result<(), Failed> {
    let tokens: Vec<&str> = people.iter().flat_map(|person| vec![person.token.as_str(); each]).take(STREAMS).collect();
    let mut connection = Connection::open(&run.address).await?;
    let path = format!("/v1/rooms/{}/messages", people[0].room);
    let first = expect(&mut connection, "POST", &path, Some(&people[0].token), &line(0), 201).await;
    let since = first.map_err(|error| error.to_string())?["position"].as_i64().map(Place::from);
    drop(streams);
    let began = Instant::now();
    let coming = tokens.iter().enumerate().map(|(number, token)| async move {
        // Evenly, as clients that wait a random moment do.
        sleep(WITHIN * u32::try_from(number)? / u32::try_from(STREAMS)?).await;
        let tried = Instant::now();
        let mut stream = loop {
            match open(&run.address, token, since).await {
                Ok(stream) => break stream,
                // Those that were cut count until the server has noticed.
                Err(_) if tried.elapsed() < PATIENCE => sleep(AGAIN).await,
                Err(error) => return Err(error),
            }
        };
        stream.say(&json!({"type": "ping"})).await.map_err(|closed| format!("{closed:?}"))?;
        while !stream.next_place().await.map_err(|closed| format!("{closed:?}"))?.is_pong() {}
        Ok::<_, Failed>((stream, tried.elapsed().as_secs_f64() * 1e3, began.elapsed().as_secs_f64()))
    });
    let load = load(&run.address, people, Asks::Sends, MEANWHILE, Some(COMMANDS));
    let (back, sends) = tokio::join!(try_join_all(coming), load);
    let (back, mut sends) = (back?, sends.map_err(|error| error.to_string())?);
    let (took, at): (Vec<f64>, Vec<f64>) = back.iter().map(|(_, took, at)| (*took, *at)).unzip();
    let count = back.len();
    println!(
        "| {count} come back within {} s: each told what it missed, p50, p99 | {:.0} ms, {:.0} ms |",
        WITHIN.as_secs(),
        super::percentile(&took, 50),
        super::percentile(&took, 99)
    );
    println!("| 99 in 100 of them are back after | {:.1} s |", super::percentile(&at, 99));
    let (p50, p99) = (sends.percentile(0.5), sends.percentile(0.99));
    println!("| SendMessage meanwhile, {COMMANDS:.0}/s: p50, p99 | {p50:.1} ms, {p99:.1} ms |");
    Ok(())
}
