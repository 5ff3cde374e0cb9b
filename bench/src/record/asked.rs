//! Proofs of inclusion, and a room as it was, over HTTP.

use std::time::Instant;

use sqlx::postgres::PgPool;

use crate::http::Connection;
use crate::load::Answered;
use crate::people::Person;
use crate::search::mixed;
use crate::target::Targets;
use crate::{Run, yardstick};

type Failed = Box<dyn std::error::Error>;

/// The room that is looked at as it was.
pub(super) const ROOM: &str = "past";

/// Messages that it had at each look at least, if it ever had so many.
const AT_A_LOOK: i64 = 10_000;

/// Proofs that are asked for, and the milliseconds that all but one in a hundred may take.
const PROOFS: u64 = 1000;
const MOST_OF_A_PROOF: f64 = 5.0;

/// Looks at the room, of each kind, and the milliseconds that all but one in a hundred may take.
const LOOKS: u64 = 50;
const MOST_OF_A_LOOK: f64 = 1000.0;

/// Prints how long answers take: one auditor asks, one question after the other.
pub(super) async fn asked(run: &Run, pool: &PgPool, auditor: &Person, targets: &mut Targets) -> Result<(), Failed> {
    let select = 1e3 / yardstick::fifty_row_selects(&run.database, 1, run.time).await?;
    let yardstick = format!("pgbench read 50 rows in {select:.2} ms");
    let mut connection = Connection::open(&run.address).await?;
    let size: i64 = sqlx::query_scalar("select size from record.tree").fetch_one(pool).await?;
    let room: String =
        sqlx::query_scalar("select id::text from read.room where name = $1").bind(ROOM).fetch_one(pool).await?;
    let (first, last, had): (i64, i64, i64) = sqlx::query_as(
        "select coalesce(min(position) filter (where ordinal >= $2), max(position)), max(position), \
         least(max(ordinal), $2) from read.message where room_id = $1::uuid and type = 'message'",
    )
    .bind(&room)
    .bind(AT_A_LOOK)
    .fetch_one(pool)
    .await?;
    println!("| over HTTP, where {yardstick} | p50 | p99 | at most |\n| --- | ---: | ---: | ---: |");
    let proof = |position| format!("/v1/audit/proofs/inclusion?position={position}&size={size}");
    let proofs = ask(&mut connection, auditor, PROOFS, (1, size), proof).await?;
    let p99 = row(&format!("a proof of inclusion at a random position of {size}, {PROOFS} asked"), proofs);
    targets.at_most("a proof of inclusion, p99 in ms", p99, MOST_OF_A_PROOF, &yardstick);
    for (what, below) in [("the room", ""), ("its members", "/members"), ("a page of its messages", "/messages")] {
        let look = |position| format!("/v1/audit/rooms/{room}{below}?as_of={position}");
        let looks = ask(&mut connection, auditor, LOOKS, (first, last), look).await?;
        let p99 = row(&format!("{what} as it was when it had {had} messages or more, {LOOKS} asked"), looks);
        targets.at_most(&format!("{what} as it was, p99 in ms"), p99, MOST_OF_A_LOOK, &yardstick);
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

/// Prints a row. The 99th percentile, in milliseconds.
fn row(what: &str, mut answered: Answered) -> f64 {
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|share| answered.percentile(share));
    println!("| {what} | {p50:.1} ms | {p99:.1} ms | {most:.1} ms |");
    p99
}
