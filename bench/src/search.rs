//! Search among a million messages, by members of few and of many rooms.

mod fill;
mod words;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::http::Connection;
use crate::load::Answered;
use crate::median::median;
use crate::target::Targets;
use crate::{Run, yardstick};
use fill::{Filled, Reader};
pub(crate) use words::mixed;
use words::{Words, encoded};

type Failed = Box<dyn std::error::Error>;

/// Questions of each kind.
const QUESTIONS: u64 = 60;

/// How long a question of any kind may take but for one in twenty, in milliseconds.
const MOST: f64 = 50.0;

/// A question, of many of its kind.
type Question = fn(&Words, u64) -> String;

/// Words that nobody said.
const ABSENT: &str = "an absent word of common parts";

/// A word that was said in rooms that one is not in, but for who is in all of them.
const COMMON_ELSEWHERE: &str = "a word common elsewhere";

/// What is asked, by what it is called.
const KINDS: [(&str, Question); 10] = [
    ("a common word", |words, number| words.ranked(number % 20)),
    ("an ordinary word", |words, number| words.ranked(200 + 17 * number)),
    ("a rare word", |words, number| words.ranked(words::COUNT - 1 - number)),
    ("two common words", |words, number| format!("{} {}", words.ranked(number % 20), words.ranked(20 + number))),
    ("two ordinary words", |words, number| format!("{} {}", words.ranked(150 + number), words.ranked(300 + number))),
    (ABSENT, Words::absent),
    (COMMON_ELSEWHERE, |_, _| fill::ELSEWHERE.to_owned()),
    ("two letters", |words, number| words.ranked(100 + number).chars().take(2).collect()),
    ("Han, two letters", |_, number| words::han(number, 2)),
    ("Han, one letter", |_, number| words::han(number, 1)),
];

/// Fills and asks.
pub(crate) async fn search(run: &Run, messages: u64, targets: &mut Targets) -> Result<(), Failed> {
    let words = Arc::new(Words::new());
    let filled = fill::fill(run, &words, messages).await?;
    report(&filled);
    let mut bench = vec![];
    for _ in 0..run.rounds {
        bench.push(yardstick::fifty_row_selects(&run.database, 1, run.time).await?);
    }
    let select = 1e3 / median(bench);
    println!("| pgbench, 50 rows by key, one client | {select:.2} ms |\n");
    println!("| reader | question | p50 | p95 | of pgbench | found |\n| --- | --- | ---: | ---: | ---: | ---: |");
    for reader in &filled.readers {
        let mut connection = Connection::open(&run.address).await?;
        let mut all = Answered::default();
        for (kind, question) in KINDS {
            let (mut answered, mut found) = (Answered::default(), 0);
            for number in 0..QUESTIONS {
                let (time, hits) = ask(&mut connection, reader, &question(&words, number)).await?;
                answered.seconds.push(time.as_secs_f64());
                found += hits;
            }
            // Whoever finds nothing is soon done.
            let is_absent = kind == ABSENT || kind == COMMON_ELSEWHERE && !reader.is_in_all;
            if is_absent != (found == 0) {
                return Err(format!("{kind}, asked for by a reader {}: {found} found", reader.name).into());
            }
            all.seconds.extend(&answered.seconds);
            row(reader, kind, &mut answered, select, &format!("{}", found / QUESTIONS));
            let what = format!("{kind}, asked for by a reader {}, p95 in ms", reader.name);
            let yardstick = format!("pgbench read 50 rows in {select:.2} ms");
            targets.at_most(&what, answered.percentile(0.95), MOST, &yardstick);
        }
        row(reader, "all of these", &mut all, select, "");
    }
    Ok(())
}

fn report(filled: &Filled) {
    println!("| filling | |\n| --- | ---: |");
    println!("| messages, rooms | {}, {} |", filled.messages, filled.rooms);
    println!("| sent, with all read models | {:.0}/s |", filled.per_second);
    println!("| CPU µs a message, hansard + PostgreSQL | {:.0} + {:.0} |", filled.own_micros, filled.postgres_micros);
    println!("| index | {} MB |", filled.index_bytes >> 20);
}

fn row(reader: &Reader, kind: &str, answered: &mut Answered, select: f64, found: &str) {
    let (p50, p95) = (answered.percentile(0.5), answered.percentile(0.95));
    println!("| {} | {kind} | {p50:.1} ms | {p95:.1} ms | {:.0} | {found} |", reader.name, p95 / select);
}

/// How long the first page took, and how many it found.
async fn ask(connection: &mut Connection, reader: &Reader, question: &str) -> Result<(Duration, u64), Failed> {
    let path = format!("/v1/search?q={}", encoded(question));
    let asked = Instant::now();
    let answer = connection.ask("GET", &path, Some(&reader.token), None).await?;
    let took = asked.elapsed();
    if answer.status != 200 {
        return Err(format!("{path}: {}", String::from_utf8_lossy(&answer.body)).into());
    }
    let hits = answer.json()["items"].as_array().map_or(0, Vec::<Value>::len);
    Ok((took, hits as u64))
}
