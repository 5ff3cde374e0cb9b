//! Logins: that a flood of them slows nobody else, and that an unknown account takes as long as a known one.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::Run;
use crate::http::Connection;
use crate::load::{Asks, load};
use crate::median::median;
use crate::people::{PASSWORD, gather};

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
    let (mut unknown, mut wrong) = (vec![], vec![]);
    for number in 0..COMPARED {
        let nobody = json!({"email": format!("nobody{number}@example.org"), "password": PASSWORD});
        unknown.push(ask(&mut connection, "/v1/sessions", &nobody).await?.1);
        let somebody = json!({"email": people[number % people.len()].email, "password": "not this one"});
        wrong.push(ask(&mut connection, "/v1/sessions", &somebody).await?.1);
    }
    let (mut nobodys, mut somebodys) = (vec![], vec![]);
    for number in 0..COMPARED {
        let nobody = format!("nobody{number}@example.org");
        let somebody = &people[number % people.len()].email;
        // By turns the first, as what one of them leaves to be done would slow the next.
        if number % 2 == 0 {
            nobodys.push(reset(&mut connection, &nobody).await?);
            somebodys.push(reset(&mut connection, somebody).await?);
        } else {
            somebodys.push(reset(&mut connection, somebody).await?);
            nobodys.push(reset(&mut connection, &nobody).await?);
        }
    }
    compare("login: unknown account, wrong password", unknown, wrong);
    compare("reset: unknown account, known one", nobodys, somebodys);
    Ok(())
}

/// Prints the medians of two kinds, and their ratio.
fn compare(what: &str, one: Vec<f64>, other: Vec<f64>) {
    let (one, other) = (median(one), median(other));
    println!("| {what}: median, ratio | {one:.1} ms, {other:.1} ms, {:.3} |", one / other);
}

/// Milliseconds of a request for a reset, which must be accepted.
async fn reset(connection: &mut Connection, email: &str) -> Result<f64, Failed> {
    let (status, took) = ask(connection, "/v1/password-resets", &json!({"email": email})).await?;
    if status == 202 { Ok(took) } else { Err(format!("a reset was answered {status}").into()) }
}

/// Status and milliseconds of an answer.
async fn ask(connection: &mut Connection, path: &str, body: &Value) -> std::io::Result<(u16, f64)> {
    let started = Instant::now();
    let answer = connection.ask("POST", path, None, Some(body)).await?;
    Ok((answer.status, started.elapsed().as_secs_f64() * 1e3))
}
