//! Proofs of inclusion, and a room as it was, over HTTP.

use std::time::Instant;

use sqlx::postgres::PgPool;

use crate::Run;
use crate::http::Connection;
use crate::load::Answered;
use crate::people::Person;
use crate::search::mixed;

type Failed = Box<dyn std::error::Error>;

/// The room that is looked at as it was.
pub(super) const ROOM: &str = "past";

/// Proofs that are asked for.
const PROOFS: u64 = 1000;

/// Looks at the room, of each kind.
const LOOKS: u64 = 50;

/// Prints how long answers take: one auditor asks, one question after the other.
pub(super) async fn asked(run: &Run, pool: &PgPool, auditor: &Person) -> Result<(), Failed> {
    let mut connection = Connection::open(&run.address).await?;
    let size: i64 = sqlx::query_scalar("select size from record.tree").fetch_one(pool).await?;
    let room: String =
        sqlx::query_scalar("select id::text from read.room where name = $1").bind(ROOM).fetch_one(pool).await?;
    let (first, last, messages): (i64, i64, i64) =
        sqlx::query_as("select min(position), max(position), count(*) from read.message where room_id = $1::uuid")
            .bind(&room)
            .fetch_one(pool)
            .await?;
    println!("| at random positions, over HTTP | p50 | p99 |\n| --- | ---: | ---: |");
    let proof = |position| format!("/v1/audit/proofs/inclusion?position={position}&size={size}");
    let proofs = ask(&mut connection, auditor, PROOFS, (1, size), proof).await?;
    row(&format!("a proof of inclusion among {size} events, {PROOFS} asked"), proofs);
    for (what, below) in [("the room", ""), ("its members", "/members"), ("a page of its messages", "/messages")] {
        let look = |position| format!("/v1/audit/rooms/{room}{below}?as_of={position}");
        let looks = ask(&mut connection, auditor, LOOKS, (first, last), look).await?;
        row(&format!("{what} as it was, of a room of {messages} messages, {LOOKS} asked"), looks);
    }
    Ok(())
}

/// Asks so often, at positions from the first to the last.
async fn ask(
    connection: &mut Connection,
    auditor: &Person,
    times: u64,
    (first, last): (i64, i64),
    path: impl Fn(u64) -> String,
) -> Result<Answered, Failed> {
    let (first, span) = (first.cast_unsigned(), last.abs_diff(first) + 1);
    let mut answered = Answered::default();
    for number in 0..times {
        let path = path(first + mixed(number) % span);
        let asked = Instant::now();
        let answer = connection.audits(&path, &auditor.token).await?;
        answered.seconds.push(asked.elapsed().as_secs_f64());
        if answer.status != 200 {
            return Err(format!("{path}: {} {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
        }
    }
    Ok(answered)
}

fn row(what: &str, mut answered: Answered) {
    println!("| {what} | {:.1} ms | {:.1} ms |", answered.percentile(0.5), answered.percentile(0.99));
}
