//! Growth: what commands and queries cost in a room of many members and messages, against a room that is empty.

use std::sync::Arc;

use serde_json::{Value, json};
use sqlx::postgres::PgPool;
use tokio::task::JoinHandle;

use crate::http::Connection;
use crate::import::room;
use crate::load::settled;
use crate::median::median;
use crate::people::{Person, expect, gather, line, made_by_the_operator};
use crate::target::Targets;
use crate::{Run, cpu};

type Failed = Box<dyn std::error::Error>;

/// Who takes part in both rooms.
const PEOPLE: usize = 64;

/// Connections at once.
const CONNECTIONS: usize = 8;

/// Times that each person does the same in a measurement.
const TIMES: usize = 96;

/// Who is added to both rooms and removed again: enough for their CPU time to be told from the ticks it is counted in.
const GUESTS: usize = 1000;

/// Pairs of measurements, one in each room, for each round of the benchmarks: what one costs lies in the noise of a second.
const PAIRS: usize = 3;

/// Messages of the large room that are deleted again, one in so many.
const DELETED: i64 = 1000;

/// Messages in the large room that mention everybody.
const TO_ALL: u64 = 100;

/// What an operation may cost in the large room, of what it costs in the empty one: beyond it lies no noise.
const MOST: f64 = 1.2;

/// A request of somebody, and the status that answers it.
type Asked = (Person, &'static str, String, Option<Value>, u16);

/// A room that is measured.
struct Room {
    id: String,
    /// Those who are in it alone.
    people: Vec<Person>,
    /// Somebody else who is in it alone, and has read nothing.
    idle: Person,
    /// Of messages sent to it that nobody has marked as read.
    unread: Vec<i64>,
}

/// Imports a large room, then measures each operation in it and in an empty one, by turns.
pub(crate) async fn growth(run: &Run, members: usize, messages: u64, targets: &mut Targets) -> Result<(), Failed> {
    let (owner, others) = (&made_by_the_operator(run).await?, gather(&run.address, PEOPLE - 1).await?);
    let idle = [made_by_the_operator(run).await?, made_by_the_operator(run).await?];
    let imported = room("large", &[&owner.email, &idle[1].email], members, messages, GUESTS).await?;
    imported.print(&format!("import of {members} members and {messages} messages"));

    let pool = PgPool::connect(&run.database).await?;
    settled(&pool).await?;
    let mut connection = Connection::open(&run.address).await?;
    let found =
        expect(&mut connection, "GET", "/v1/rooms/public?q=large", Some(&owner.token), &Value::Null, 200).await?;
    let large = found["items"][0]["id"].as_str().ok_or("the large room is not listed")?.to_owned();
    let body = json!({"type": "group", "name": "empty", "visibility": "public"});
    let empty = expect(&mut connection, "POST", "/v1/rooms", Some(&owner.token), &body, 201).await?;
    let empty = empty["id"].as_str().unwrap_or_default().to_owned();
    // Half of the others are in the one room alone, half in the other alone, for what they see of their rooms.
    let (of_empty, of_large) = others.split_at(others.len() / 2);
    let [idle_in_empty, idle_in_large] = idle;
    let mut rooms = [(empty, of_empty, idle_in_empty), (large, of_large, idle_in_large)]
        .map(|(id, people, idle)| Room { id, people: people.to_vec(), idle, unread: vec![] });
    rooms[1].is_moderated(run, &pool, owner).await?;
    for room in &rooms {
        // Who has read nothing of the large room came with what was imported.
        for person in room.people.iter().chain(Some(&room.idle).filter(|_| room.id == rooms[0].id)) {
            let path = format!("/v1/rooms/{}/members/{}", room.id, person.id);
            expect(&mut connection, "PUT", &path, Some(&owner.token), &json!({}), 201).await?;
        }
    }
    // Now, rather than by itself while something else is measured.
    settled(&pool).await?;
    sqlx::query("vacuum (analyze)").execute(&pool).await?;
    let guests: Vec<String> = sqlx::query_scalar("select id::text from read.account where email_folded like 'guest%'")
        .fetch_all(&pool)
        .await?;

    let mut measured = OPERATIONS.map(|_| [vec![], vec![], vec![]]);
    for round in 0..run.rounds * PAIRS {
        for (operation, [of_empty, of_large, ratios]) in OPERATIONS.iter().zip(&mut measured) {
            // Right after each other, and first by turns: what else the machine does meanwhile, it does to both.
            let mut costs = [0.0; 2];
            for turn in 0..2 {
                let which = (round + turn) % 2;
                costs[which] = operation.cost(run, &pool, &mut rooms[which], owner, &guests).await?;
            }
            let [empty, large] = costs;
            of_empty.push(empty);
            of_large.push(large);
            ratios.push(large / empty);
        }
    }
    println!("| CPU µs of all processes | empty room | large room | ratio |\n| --- | ---: | ---: | ---: |");
    for (operation, of) in OPERATIONS.iter().zip(measured) {
        let [empty, large, ratio] = of.map(median);
        let name = operation.name();
        println!("| {name} | {empty:.0} | {large:.0} | {ratio:.2} |");
        let what = format!("{name} in the large room, of its cost in the empty one");
        targets.at_most(&what, ratio, MOST, &format!("there it took {empty:.0} CPU µs"));
    }
    Ok(())
}

impl Room {
    /// Takes away some of what was said, and speaks to everybody.
    async fn is_moderated(&self, run: &Run, pool: &PgPool, owner: &Person) -> Result<(), Failed> {
        let sql =
            "select id::text from read.message where room_id = $1::uuid and type = 'message' and ordinal % $2 = 0";
        let deleted: Vec<String> = sqlx::query_scalar(sql).bind(&self.id).bind(DELETED).fetch_all(pool).await?;
        let path = format!("/v1/rooms/{}/messages", self.id);
        let deleting =
            deleted.iter().map(|message| (owner.clone(), "DELETE", format!("{path}/{message}"), None, 204)).collect();
        ask(run, deleting).await?;
        let body = |number| Some(json!({"text": format!("@all: the hall is closed ({number})")}));
        let sending = (0..TO_ALL).map(|number| (owner.clone(), "POST", path.clone(), body(number), 201)).collect();
        ask(run, sending).await?;
        Ok(())
    }
}

/// What is measured, in this order: each leaves the room as it found it but for messages and reading.
#[derive(Clone, Copy)]
enum Operation {
    AddMember,
    RemoveMember,
    SendMessage,
    MarkRead,
    ListMessages,
    ListRooms,
    ListRoomsUnread,
}

const OPERATIONS: [Operation; 7] = [
    Operation::AddMember,
    Operation::RemoveMember,
    Operation::SendMessage,
    Operation::MarkRead,
    Operation::ListMessages,
    Operation::ListRooms,
    Operation::ListRoomsUnread,
];

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::AddMember => "AddMember",
            Self::SendMessage => "SendMessage",
            Self::MarkRead => "MarkRead",
            Self::ListMessages => "ListMessages",
            Self::ListRooms => "ListRooms of a member",
            Self::ListRoomsUnread => "ListRooms of a member who has read nothing",
            Self::RemoveMember => "RemoveMember",
        }
    }

    /// CPU µs of all processes for each of the requests of one measurement.
    async fn cost(
        self,
        run: &Run,
        pool: &PgPool,
        room: &mut Room,
        owner: &Person,
        guests: &[String],
    ) -> Result<f64, Failed> {
        let asked = self.asked(room, owner, guests);
        let count = asked.len();
        let before = used(run, pool).await?;
        let answers = ask(run, asked).await?;
        // What it costs to project is part of it.
        settled(pool).await?;
        #[expect(clippy::cast_precision_loss, reason = "some thousands")]
        let cost = (used(run, pool).await? - before) * 1e6 / count as f64;
        if let Self::SendMessage = self {
            room.unread = answers.iter().filter_map(|answer| answer["position"].as_i64()).collect();
            room.unread.sort_unstable();
        }
        Ok(cost)
    }

    /// The requests of one measurement.
    fn asked(self, room: &Room, owner: &Person, guests: &[String]) -> Vec<Asked> {
        let id = &room.id;
        let many = || (0..TIMES).flat_map(|time| room.people.iter().map(move |person| (time, person.clone())));
        let member = |guest: &String| format!("/v1/rooms/{id}/members/{guest}");
        match self {
            Self::AddMember => {
                guests.iter().map(|guest| (owner.clone(), "PUT", member(guest), Some(json!({})), 201)).collect()
            }
            Self::RemoveMember => {
                guests.iter().map(|guest| (owner.clone(), "DELETE", member(guest), None, 204)).collect()
            }
            Self::SendMessage => {
                let path = format!("/v1/rooms/{id}/messages");
                (0..)
                    .zip(many())
                    .map(|(number, (_, person))| (person, "POST", path.clone(), Some(line(number)), 201))
                    .collect()
            }
            Self::MarkRead => {
                let path = format!("/v1/rooms/{id}/read");
                let position = |time: usize| room.unread[(time + 1) * room.unread.len() / TIMES - 1];
                many()
                    .map(|(time, person)| (person, "PUT", path.clone(), Some(json!({"position": position(time)})), 204))
                    .collect()
            }
            Self::ListMessages => {
                many().map(|(_, person)| (person, "GET", format!("/v1/rooms/{id}/messages"), None, 200)).collect()
            }
            Self::ListRooms => many().map(|(_, person)| (person, "GET", "/v1/rooms".to_owned(), None, 200)).collect(),
            Self::ListRoomsUnread => {
                many().map(|_| (room.idle.clone(), "GET", "/v1/rooms".to_owned(), None, 200)).collect()
            }
        }
    }
}

/// CPU seconds of all processes.
async fn used(run: &Run, pool: &PgPool) -> Result<f64, Failed> {
    Ok(cpu::of_program(&run.binary) + cpu::of_command("nats-server") + cpu::postgres(pool).await?)
}

/// Asks over some connections, each person over one: their requests stay in order. The answers' bodies.
async fn ask(run: &Run, asked: Vec<Asked>) -> Result<Vec<Value>, Failed> {
    let mut people: Vec<String> = asked.iter().map(|(person, ..)| person.id.clone()).collect();
    people.sort_unstable();
    people.dedup();
    // Where one acts upon others, the order does not matter.
    let alone = people.len() == 1;
    let mut shares: [Vec<Asked>; CONNECTIONS] = Default::default();
    for (number, asked) in asked.into_iter().enumerate() {
        let place = people.binary_search(&asked.0.id).unwrap_or_default();
        shares[if alone { number } else { place } % CONNECTIONS].push(asked);
    }
    let address = Arc::new(run.address.clone());
    let tasks = shares.map(|share| {
        let address = Arc::clone(&address);
        let task: JoinHandle<Result<Vec<Value>, String>> = tokio::spawn(async move {
            let mut connection = Connection::open(&address).await.map_err(|error| error.to_string())?;
            let mut bodies = Vec::with_capacity(share.len());
            for (person, method, path, body, status) in share {
                let answer = connection.ask(method, &path, Some(&person.token), body.as_ref()).await;
                let answer = answer.map_err(|error| error.to_string())?;
                if answer.status != status {
                    return Err(format!("{method} {path}: {}", String::from_utf8_lossy(&answer.body)));
                }
                bodies.push(answer.json());
            }
            Ok(bodies)
        });
        task
    });
    let mut bodies = vec![];
    for task in tasks {
        bodies.extend(task.await??);
    }
    Ok(bodies)
}
