//! Logins: that a flood of them slows nobody else, and that an unknown account takes as long as a known one.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Run;
use crate::http::Connection;
use crate::load::{Asks, load};
use crate::median::median;
use crate::people::{PASSWORD, Person, gather};

type Failed = Box<dyn std::error::Error>;

const LOGINS: usize = 100;

/// Logins, and resets, of each kind of which the medians are compared.
const COMPARED: usize = 41;

/// `SendMessage` while a hundred log in at once, and the medians of wrong logins and of requests for a reset.
pub(crate) async fn login(run: &Run) -> Result<(), Failed> {
    let people = gather(&run.address, 16).await?;
    let mut flood = Vec::with_capacity(LOGINS);
    let sends = load(&run.address, &people, Asks::Sends, Duration::from_secs(3), Some(200.0));
    for number in 0..LOGINS {
        let (address, email) = (run.address.clone(), people[number % people.len()].email.clone());
        flood.push(tokio::spawn(async move {
            let body = json!({"email": email, "password": PASSWORD});
            ask(&mut Connection::open(&address).await?, "/v1/sessions", &body).await
        }));
    }
    let mut sends = sends.await?;
    let (mut signed_in, mut turned_away) = (0, 0);
    for login in flood {
        match login.await??.0 {
            201 => signed_in += 1,
            503 => turned_away += 1,
            status => return Err(format!("a login was answered {status}").into()),
        }
    }
    println!("| {LOGINS} logins at once | |\n| --- | ---: |");
    println!("| signed in, told to come again (503) | {signed_in}, {turned_away} |");
    println!(
        "| SendMessage meanwhile, 200/s: p50, p99 | {:.1} ms, {:.1} ms |",
        sends.percentile(0.5),
        sends.percentile(0.99)
    );

    let mut connection = Connection::open(&run.address).await?;
    let login = |email: &str| json!({"email": email, "password": "not this one"});
    let (unknown, wrong) = by_turns(&mut connection, &people, "/v1/sessions", 401, login).await?;
    let reset = |email: &str| json!({"email": email});
    let (nobodys, somebodys) = by_turns(&mut connection, &people, "/v1/password-resets", 202, reset).await?;
    compare("login: unknown account, wrong password", unknown, wrong);
    compare("reset: unknown account, known one", nobodys, somebodys);
    Ok(())
}

/// Milliseconds of a request about emails that are nobody's, and about those of `people`. Each is answered `status`.
async fn by_turns(
    connection: &mut Connection,
    people: &[Person],
    path: &str,
    status: u16,
    body: impl Fn(&str) -> Value,
) -> Result<(Vec<f64>, Vec<f64>), Failed> {
    let (mut nobodys, mut somebodys) = (vec![], vec![]);
    for number in 0..COMPARED {
        let nobody = format!("nobody{number}@example.org");
        let somebody = &people[number % people.len()].email;
        // By turns the first, as what one of them leaves to be done would slow the next.
        let mut asked = [(&nobody, &mut nobodys), (somebody, &mut somebodys)];
        if number % 2 == 1 {
            asked.reverse();
        }
        for (email, times) in asked {
            let (answered, took) = ask(connection, path, &body(email)).await?;
            if answered != status {
                return Err(format!("{path} was answered {answered}, not {status}").into());
            }
            times.push(took);
        }
    }
    Ok((nobodys, somebodys))
}

/// Prints the medians of two kinds, and their ratio.
fn compare(what: &str, one: Vec<f64>, other: Vec<f64>) {
    let (one, other) = (median(one), median(other));
    println!("| {what}: median, ratio | {one:.1} ms, {other:.1} ms, {:.3} |", one / other);
}

/// Status and milliseconds of an answer.
async fn ask(connection: &mut Connection, path: &str, body: &Value) -> std::io::Result<(u16, f64)> {
    let started = Instant::now();
    let answer = connection.ask("POST", path, None, Some(body)).await?;
    Ok((answer.status, started.elapsed().as_secs_f64() * 1e3))
}
