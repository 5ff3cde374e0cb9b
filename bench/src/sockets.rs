//! Streams: how many deliveries a second, what an idle one takes, and how soon all are back after a break.

use std::time::{Duration, Instant};

use client::Connection as Stream;
use futures::future::try_join_all;
use serde_json::Value;
use tokio::time::timeout;

use crate::Run;
use crate::cpu;
use crate::http::Connection;
use crate::median::median;
use crate::people::{Person, expect, gather, line};

type Failed = Box<dyn std::error::Error>;

/// People of one room, and the streams that each has open: about a thousand are told of each message.
const IN_A_ROOM: usize = 16;
const EACH: usize = 62;

/// People in all, for what idle streams take.
const PEOPLE: usize = 112;

/// Messages of a round, so many at once.
const MESSAGES: usize = 200;
const AT_ONCE: usize = 8;

/// Streams that are opened at once.
const OPENING: usize = 64;

/// What may take no longer.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn sockets(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, PEOPLE).await?;
    let mut connection = Connection::open(&run.address).await?;
    let path = format!("/v1/rooms/{}/messages", people[0].room);
    let first = expect(&mut connection, "POST", &path, Some(&people[0].token), &line(0), 201).await?;
    let since = first["position"].as_i64();
    let before = cpu::memory_of_program(&run.binary);
    let (mut streams, took) = open_all(run, &people, None).await?;
    let each = cpu::memory_of_program(&run.binary).saturating_sub(before) / streams.len() as u64;
    println!("| streams | |\n| --- | ---: |");
    println!("| opened, and in how long | {}, {:.1} s |", streams.len(), took.as_secs_f64());
    println!("| resident memory of each, idle | {each} bytes |");

    let mut told: Vec<Stream> = streams.drain(..IN_A_ROOM * EACH).collect();
    let (mut rates, mut costs) = (vec![], vec![]);
    for _ in 0..run.rounds {
        let (began, cpu) = (Instant::now(), cpu::of_program(&run.binary));
        let (sent, heard) = tokio::join!(send(run, &people[..IN_A_ROOM]), hear_all(&mut told));
        sent?;
        heard?;
        let deliveries = f64::from(u32::try_from(told.len() * MESSAGES)?);
        rates.push(deliveries / began.elapsed().as_secs_f64());
        costs.push((cpu::of_program(&run.binary) - cpu) / deliveries * 1e6);
    }
    println!("| {} streams are told of {MESSAGES} messages | {:.0} deliveries/s |", told.len(), median(rates));
    println!("| CPU of the server for each delivery | {:.2} µs |", median(costs));

    drop((streams, told));
    let (streams, took) = open_all(run, &people, since).await?;
    println!("| all come back, and are told what they missed | {}, {:.1} s |", streams.len(), took.as_secs_f64());
    Ok(())
}

/// Opens every stream of everybody; how long that took.
async fn open_all(run: &Run, people: &[Person], since: Option<i64>) -> Result<(Vec<Stream>, Duration), Failed> {
    let (began, url) = (Instant::now(), format!("http://{}", run.address));
    let tokens: Vec<&str> = people.iter().flat_map(|person| [person.token.as_str(); EACH]).collect();
    let mut streams = Vec::with_capacity(tokens.len());
    for tokens in tokens.chunks(OPENING) {
        let opening = tokens.iter().map(|token| async {
            let mut stream = Stream::open(&url, token, since).await?;
            stream.skip().await.map_err(|closed| format!("{closed:?}"))?;
            Ok::<_, Failed>(stream)
        });
        streams.extend(timeout(PATIENCE, try_join_all(opening)).await??);
    }
    Ok((streams, began.elapsed()))
}

/// Sends the messages of a round to one room.
async fn send(run: &Run, people: &[Person]) -> Result<(), Failed> {
    let sends = people.iter().take(AT_ONCE).map(|person| async move {
        let mut connection = Connection::open(&run.address).await?;
        let path = format!("/v1/rooms/{}/messages", person.room);
        for number in 0..MESSAGES / AT_ONCE {
            let said: Value = line(number as u64);
            expect(&mut connection, "POST", &path, Some(&person.token), &said, 201).await?;
        }
        Ok::<_, Failed>(())
    });
    try_join_all(sends).await.map(|_| ())
}

/// Until each of these streams was told of every message of a round.
async fn hear_all(streams: &mut [Stream]) -> Result<(), Failed> {
    let hearing = streams.iter_mut().map(|stream| async move {
        for _ in 0..MESSAGES {
            stream.skip().await.map_err(|closed| format!("{closed:?}"))?;
        }
        Ok::<_, Failed>(())
    });
    timeout(PATIENCE, try_join_all(hearing)).await??;
    Ok(())
}
