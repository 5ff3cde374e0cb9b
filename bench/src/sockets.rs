//! Streams: what an idle one takes, how many deliveries a second, how soon the last of a thousand is told, what readers that
//! stop reading cost the others, and how soon all are back after a break.

mod back;
mod told;

use std::time::{Duration, Instant};

use client::{Connection as Stream, Place};
use futures::future::try_join_all;
use tokio::time::timeout;

use crate::Run;
use crate::cpu;
use crate::http::Connection;
use crate::median::median;
use crate::people::{Person, expect, gather, line};
use told::Listening;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// People of one room, and the streams that each has open: about a thousand are told of each message.
const IN_A_ROOM: usize = 16;
const EACH: usize = 62;

/// People in all, for what idle streams take: ten thousand.
const PEOPLE: usize = 162;

/// Messages of a round that is about throughput, so many at once; and of one that is about delay, one after the other.
const MESSAGES: usize = 400;
const AT_ONCE: usize = 8;
const ONE_BY_ONE: usize = 600;

/// Readers that stop reading.
const STOPPED: usize = 10;

/// Streams that are opened at once.
const OPENING: usize = 64;

/// What may take no longer.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) async fn sockets(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, PEOPLE).await.map_err(|error| error.to_string())?;
    let before = cpu::memory_of_program(&run.binary);
    let mut streams = open_all(run, &people).await?;
    let each = cpu::memory_of_program(&run.binary).saturating_sub(before) / streams.len() as u64;
    println!("| streams | |\n| --- | ---: |");
    println!("| resident memory of each of {}, idle | {} KiB |", streams.len(), each.div_ceil(1024));

    let told: Vec<Stream> = streams.drain(..IN_A_ROOM * EACH).collect();
    let (stopped, mut others) = (told.len() - STOPPED, told);
    let silent = others.split_off(stopped);
    let room = &people[..IN_A_ROOM];
    throughput(run, room, &mut others).await?;
    delays(run, room, &mut others, silent).await?;
    streams.append(&mut others);
    back::all_come_back(run, &people, EACH, streams).await
}

/// Many messages at once.
async fn throughput(run: &Run, room: &[Person], streams: &mut Vec<Stream>) -> Result<(), Failed> {
    let (mut rates, mut costs) = (vec![], vec![]);
    for _ in 0..run.rounds {
        let (began, cpu) = (Instant::now(), cpu::of_program(&run.binary));
        let listening = Listening::begin(std::mem::take(streams), MESSAGES);
        send(run, room).await?;
        let (back, last) = listening.ends(PATIENCE).await?;
        *streams = back;
        let deliveries = f64::from(u32::try_from(streams.len() * MESSAGES)?);
        let took = last.iter().max().map_or(0.0, |last| last.duration_since(began).as_secs_f64());
        rates.push(deliveries / took);
        costs.push((cpu::of_program(&run.binary) - cpu) / deliveries * 1e6);
    }
    println!("| {} streams are told of {MESSAGES} messages | {:.0} deliveries/s |", streams.len(), median(rates));
    println!("| CPU of the server for each delivery | {:.2} µs |", median(costs));
    Ok(())
}

/// One message after the other: until the last is told of it, while all read and while some do not, by turns. Those that
/// stop were connected all the while, and read nothing since.
async fn delays(run: &Run, room: &[Person], streams: &mut Vec<Stream>, silent: Vec<Stream>) -> Result<(), Failed> {
    let (mut all_read, mut some_stop) = (vec![], vec![]);
    let mut silent = silent;
    for _ in 0..run.rounds {
        let idle = Listening::begin(std::mem::take(&mut silent), ONE_BY_ONE);
        all_read.push(one_by_one(run, room, streams).await?);
        silent = idle.stops().await?;
        some_stop.push(one_by_one(run, room, streams).await?);
    }
    let p99 = |rounds: &[Vec<f64>]| median(rounds.iter().map(|round| percentile(round, 99)).collect());
    let p50 = |rounds: &[Vec<f64>]| median(rounds.iter().map(|round| percentile(round, 50)).collect());
    let (all, some) = (p99(&all_read), p99(&some_stop));
    println!(
        "| from a send until {} of them are told: p50, p99 | {:.1} ms, {all:.1} ms |",
        streams.len(),
        p50(&all_read)
    );
    println!("| the same while {STOPPED} more do not read: p50, p99 | {:.1} ms, {some:.1} ms |", p50(&some_stop));
    println!("| ratio of p99 | {:.2} |", some / all);
    Ok(())
}

/// Milliseconds from the sending of each message until the last stream is told of it.
async fn one_by_one(run: &Run, room: &[Person], streams: &mut Vec<Stream>) -> Result<Vec<f64>, Failed> {
    let mut connection = Connection::open(&run.address).await?;
    let path = format!("/v1/rooms/{}/messages", room[0].room);
    let listening = Listening::begin(std::mem::take(streams), ONE_BY_ONE);
    let mut sent = Vec::with_capacity(ONE_BY_ONE);
    for number in 0..ONE_BY_ONE {
        sent.push(Instant::now());
        let told = line(number as u64);
        expect(&mut connection, "POST", &path, Some(&room[0].token), &told, 201)
            .await
            .map_err(|error| error.to_string())?;
        listening.told(number + 1, PATIENCE).await?;
    }
    let (back, last) = listening.ends(PATIENCE).await?;
    *streams = back;
    Ok(sent.iter().zip(last).map(|(sent, last)| last.duration_since(*sent).as_secs_f64() * 1e3).collect())
}

/// What so many in a hundred are below.
fn percentile(values: &[f64], percent: usize) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() * percent / 100).copied().unwrap_or(f64::NAN)
}

/// Opens every stream of everybody.
async fn open_all(run: &Run, people: &[Person]) -> Result<Vec<Stream>, Failed> {
    let tokens: Vec<&str> = people.iter().flat_map(|person| [person.token.as_str(); EACH]).collect();
    let mut streams = Vec::with_capacity(tokens.len());
    for tokens in tokens.chunks(OPENING) {
        let opening = tokens.iter().map(|token| open(&run.address, token, None));
        streams.extend(timeout(PATIENCE, try_join_all(opening)).await??);
    }
    Ok(streams)
}

/// Opens one, and hears that it is ready.
async fn open(address: &str, token: &str, since: Option<Place>) -> Result<Stream, Failed> {
    let mut stream = Stream::open(&format!("http://{address}"), token, since).await?;
    stream.next_place().await.map_err(|closed| format!("{closed:?}"))?;
    Ok(stream)
}

/// Sends the messages of a round to one room.
async fn send(run: &Run, people: &[Person]) -> Result<(), Failed> {
    let sends = people.iter().take(AT_ONCE).map(|person| async move {
        let mut connection = Connection::open(&run.address).await?;
        let path = format!("/v1/rooms/{}/messages", person.room);
        for number in 0..MESSAGES / AT_ONCE {
            let said = line(number as u64);
            let sent = expect(&mut connection, "POST", &path, Some(&person.token), &said, 201).await;
            sent.map_err(|error| error.to_string())?;
        }
        Ok::<_, Failed>(())
    });
    try_join_all(sends).await.map(|_| ())
}
