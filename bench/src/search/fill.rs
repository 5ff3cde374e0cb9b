//! Filling: rooms of very different sizes, and who reads how many of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use sqlx::postgres::PgPool;

use super::words::{Words, mixed};
use crate::http::Connection;
use crate::load::settled;
use crate::people::{Person, expect, gather};
use crate::{Run, cpu};

type Failed = Box<dyn std::error::Error>;

/// Rooms, besides one in which a third of everything is said.
const ROOMS: usize = 10_000;

/// What is said in a third of the messages of rooms that the readers are not in, and nowhere else.
pub(super) const ELSEWHERE: &str = "zanzibar";

/// Connections that send.
const SENDERS: u64 = 64;

/// Somebody who asks.
pub(super) struct Reader {
    pub(super) name: &'static str,
    pub(super) is_in_all: bool,
    pub(super) token: String,
}

/// What filling made, and what it took.
pub(super) struct Filled {
    pub(super) messages: u64,
    pub(super) rooms: usize,
    pub(super) readers: Vec<Reader>,
    pub(super) per_second: f64,
    pub(super) own_micros: f64,
    pub(super) postgres_micros: f64,
    pub(super) index_bytes: i64,
}

/// Makes rooms and sends so many messages to them.
///
/// Of the smaller rooms one reader is in every second, another in twenty of these; a third reader is in the large one.
pub(super) async fn fill(run: &Run, words: &Arc<Words>, messages: u64) -> Result<Filled, Failed> {
    let people = gather(&run.address, 4).await?;
    let [writer, large, many, few] = people.as_slice() else { return Err("four people were gathered".into()) };
    let mut rooms = vec![writer.room.clone()];
    let mut connection = Connection::open(&run.address).await?;
    for number in 0..ROOMS {
        let body = json!({"type": "group", "name": format!("room {number}")});
        let room = expect(&mut connection, "POST", "/v1/rooms", Some(&writer.token), &body, 201).await?;
        rooms.push(room["id"].as_str().unwrap_or_default().to_owned());
    }
    for (number, room) in rooms.iter().enumerate().skip(1).step_by(2) {
        for reader in [Some(many), Some(few).filter(|_| number < 40)].into_iter().flatten() {
            let path = format!("/v1/rooms/{room}/members/{}", reader.id);
            expect(&mut connection, "PUT", &path, Some(&writer.token), &json!({}), 201).await?;
        }
    }
    // They came into the large room with the writer.
    for reader in [many, few] {
        let path = format!("/v1/rooms/{}/members/{}", rooms[0], reader.id);
        expect(&mut connection, "DELETE", &path, Some(&reader.token), &Value::Null, 204).await?;
    }

    let pool = PgPool::connect(&run.database).await?;
    let before = (cpu::of_program(&run.binary), cpu::postgres(&pool).await?, Instant::now());
    send(run, words, writer, &rooms, messages).await?;
    settled(&pool).await?;
    let took = before.2.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a million or so")]
    let count = messages as f64;
    let size = "select sum(pg_total_relation_size(relid))::bigint from pg_stat_user_tables \
        where schemaname = 'read_v1' and relname in ('search_bucket', 'search_segment')";
    let index_bytes = sqlx::query_scalar(size).fetch_one(&pool).await?;
    let reader =
        |name, person: &Person| Reader { name, is_in_all: person.id == writer.id, token: person.token.clone() };
    Ok(Filled {
        messages,
        rooms: rooms.len(),
        readers: vec![
            reader("of one large room", large),
            reader("of 20 rooms", few),
            reader("of 5,000 rooms", many),
            reader("of all rooms", writer),
        ],
        per_second: count / took,
        own_micros: (cpu::of_program(&run.binary) - before.0) / count * 1e6,
        postgres_micros: (cpu::postgres(&pool).await? - before.1) / count * 1e6,
        index_bytes,
    })
}

async fn send(run: &Run, words: &Arc<Words>, writer: &Person, rooms: &[String], messages: u64) -> Result<(), Failed> {
    let (next, rooms) = (Arc::new(AtomicU64::new(0)), Arc::<[String]>::from(rooms));
    let mut senders = vec![];
    for _ in 0..SENDERS {
        let (address, token) = (run.address.clone(), writer.token.clone());
        let (words, rooms, next) = (Arc::clone(words), Arc::clone(&rooms), Arc::clone(&next));
        senders.push(tokio::spawn(async move {
            let mut connection = Connection::open(&address).await?;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= messages {
                    return Ok::<_, std::io::Error>(());
                }
                let room = room(number, rooms.len());
                let mut line = words.line(number);
                if room > 0 && room.is_multiple_of(2) && number.is_multiple_of(3) {
                    line = format!("{line} {ELSEWHERE}");
                }
                let path = format!("/v1/rooms/{}/messages", rooms[room]);
                let answer = connection.ask("POST", &path, Some(&token), Some(&json!({"text": line}))).await?;
                if answer.status != 201 {
                    return Err(std::io::Error::other(String::from_utf8_lossy(&answer.body).into_owned()));
                }
            }
        }));
    }
    for sender in senders {
        sender.await??;
    }
    Ok(())
}

/// In which room a message is said: a third in the first, the rest the less in a room the greater its number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a random number of a range"
)]
fn room(number: u64, rooms: usize) -> usize {
    let random = mixed(!number);
    if random.is_multiple_of(3) {
        return 0;
    }
    let uniform = (random >> 11) as f64 / (1_u64 << 53) as f64;
    let others = (rooms - 1) as f64;
    1 + ((others / 10.0 + 1.0).powf(uniform) * 10.0 - 10.0) as usize
}
