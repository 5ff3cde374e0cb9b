//! Logins: that a flood of them slows nobody else, and that an unknown account takes as long as a known one.

mod compared;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Run;
use crate::http::Connection;
use crate::load::{Asks, load};
use crate::median::median;
use crate::people::{PASSWORD, Person, gather};
use crate::target::Targets;
use compared::{Compared, Round};

type Failed = Box<dyn std::error::Error>;

const LOGINS: usize = 100;

/// Messages that are sent in a second meanwhile, and for how many seconds: most machines need less for the logins.
const RATE: f64 = 200.0;
const SECONDS: f64 = 3.0;

/// How long sending one may take while they log in but for one in a hundred, in milliseconds.
const MOST: f64 = 100.0;

/// Rounds of logins, and of resets, that are compared.
const ROUNDS: usize = 160;

/// What a flood of logins gave.
struct Flood {
    signed_in: u32,
    turned_away: u32,
    /// Seconds until the last was answered.
    took: f64,
    /// Milliseconds that sending took in the middle, during all of [`SECONDS`].
    p50: f64,
    /// Those that it took until the last login was answered but for one message in a hundred, at most.
    p99: f64,
}

/// `SendMessage` while a hundred log in at once, and wrong logins and requests for a reset of two kinds.
pub(crate) async fn login(run: &Run, targets: &mut Targets) -> Result<(), Failed> {
    let people = gather(&run.address, 16).await?;
    let (mut signed_in, mut turned_away, mut took, mut p50, mut p99) = (0, 0, vec![], vec![], vec![]);
    for _ in 0..run.rounds {
        let flood = flood(run, &people).await?;
        signed_in += flood.signed_in;
        turned_away += flood.turned_away;
        took.push(flood.took);
        p50.push(flood.p50);
        p99.push(flood.p99);
    }
    let p99 = median(p99);
    println!("| {} times {LOGINS} logins at once | |\n| --- | ---: |", run.rounds);
    println!("| signed in, told to come again (503) | {signed_in}, {turned_away} |");
    println!("| until the last was answered | {:.1} s |", median(took));
    println!("| SendMessage, {RATE}/s for {SECONDS} s: p50 | {:.1} ms |", median(p50));
    println!("| p99 of those that were sent until the last was answered, at most | {p99:.1} ms |");

    let mut connection = Connection::open(&run.address).await?;
    let login = |email: &str| json!({"email": email, "password": "not this one"});
    let logins = by_turns(&mut connection, &people, "/v1/sessions", 401, login).await?;
    let reset = |email: &str| json!({"email": email});
    let resets = by_turns(&mut connection, &people, "/v1/password-resets", 202, reset).await?;
    let (logins, resets) = (Compared::of(&logins), Compared::of(&resets));
    logins.print("login: unknown account, wrong password");
    resets.print("reset: unknown account, known one");

    let yardstick = format!("a wrong password took {:.1} ms, nearly all of it for a hash", logins.medians[1]);
    targets.at_most(&format!("SendMessage while {LOGINS} log in, p99 in ms"), p99, MOST, &yardstick);
    let what = "unknown account and wrong password, apart by per cent of the time";
    targets.at_most(what, logins.apart(), logins.most(), &yardstick);
    Ok(())
}

/// `SendMessage` while a hundred log in at once.
async fn flood(run: &Run, people: &[Person]) -> Result<Flood, Failed> {
    let mut logins = Vec::with_capacity(LOGINS);
    let started = Instant::now();
    for number in 0..LOGINS {
        let (address, email) = (run.address.clone(), people[number % people.len()].email.clone());
        logins.push(tokio::spawn(async move {
            let body = json!({"email": email, "password": PASSWORD});
            let (status, _) = ask(&mut Connection::open(&address).await?, "/v1/sessions", &body).await?;
            Ok::<_, std::io::Error>((status, started.elapsed().as_secs_f64()))
        }));
    }
    let time = Duration::from_secs_f64(SECONDS);
    let mut sends = load(&run.address, people, Asks::Sends, time, Some(RATE)).await?;
    let (mut signed_in, mut turned_away, mut took) = (0, 0, 0.0_f64);
    for login in logins {
        let (status, answered) = login.await??;
        took = took.max(answered);
        match status {
            201 => signed_in += 1,
            503 => turned_away += 1,
            status => return Err(format!("a login was answered {status}").into()),
        }
    }
    // As if all that took long had been sent while they logged in: it is no less than that of those that were.
    let p99 = sends.percentile(1.0 - 0.01 * (took / SECONDS).min(1.0));
    Ok(Flood { signed_in, turned_away, took, p50: sends.percentile(0.5), p99 })
}

/// Rounds of requests about emails that are nobody's, and about those of `people`. Each is answered `status`.
async fn by_turns(
    connection: &mut Connection,
    people: &[Person],
    path: &str,
    status: u16,
    body: impl Fn(&str) -> Value,
) -> Result<Vec<Round>, Failed> {
    let mut rounds = Vec::with_capacity(ROUNDS);
    for number in 0..ROUNDS {
        let somebody = &people[number % people.len()].email;
        let nobody = |turn| format!("nobody{number}-{turn}@example.org");
        let mut round = Round::default();
        for (email, took) in [&nobody(0), somebody, somebody, &nobody(1)].into_iter().zip(&mut round) {
            let (answered, millis) = ask(connection, path, &body(email)).await?;
            if answered != status {
                return Err(format!("{path} was answered {answered}, not {status}").into());
            }
            *took = millis;
        }
        rounds.push(round);
    }
    Ok(rounds)
}

/// Status and milliseconds of an answer.
async fn ask(connection: &mut Connection, path: &str, body: &Value) -> std::io::Result<(u16, f64)> {
    let started = Instant::now();
    let answer = connection.ask("POST", path, None, Some(body)).await?;
    Ok((answer.status, started.elapsed().as_secs_f64() * 1e3))
}
