//! What goes on, and how it is told, while something else is away.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use api_kit::Context;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::harness::request::Request;
use crate::harness::{Cluster, Listener, Person, Room, Setup, Spawned, TestApp, client, environment};

async fn becomes(app: &TestApp, status: u16) {
    for _ in 0..400 {
        if app.get("/readyz").await.status == status {
            return;
        }
        // Polls like whoever asks `/readyz`.
        sleep(Duration::from_millis(25)).await;
    }
    panic!("/readyz does not become {status}: {}", app.get("/readyz").await.text);
}

#[tokio::test]
async fn a_postgresql_that_is_killed_is_waited_for() {
    let cluster = Cluster::start().await;
    let app = Setup::on_cluster(&cluster).await.start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    for round in 0..2 {
        becomes(&app, 200).await;
        cluster.kill().await;
        becomes(&app, 503).await;
        app.get("/healthz").await.expect(200);
        let sending = alice.post(&room.path("/messages"), json!({"text": "into the void"})).await;
        let listing = alice.get(&room.path("/messages")).await;
        for answer in [sending, listing] {
            assert!(answer.header("retry-after").is_some());
            answer.expect_problem(503, "unavailable");
        }
        cluster.run().await;
        becomes(&app, 200).await;
        alice.sends(&room, &format!("after outage {round}")).await;
    }
    assert_eq!(alice.reads(&room).await.last().unwrap(), "after outage 1");
}

#[tokio::test]
async fn a_postgresql_that_says_nothing_is_not_waited_for_without_end() {
    let cluster = Cluster::start().await;
    let setup = Setup::on_cluster(&cluster).await;
    let mut server = setup.spawn().await;
    let alice = server.registers("alice").await;
    let room = alice.creates_room("general").await;
    cluster.freeze();
    let (path, message) = (room.path("/messages"), json!({"id": Context::ambient().new_id(), "text": "once"}));
    let (sending, listing) = tokio::join!(alice.post(&path, message.clone()), alice.get(&path));
    for answer in [sending, listing] {
        assert!(answer.header("retry-after").is_some());
        answer.expect_problem(503, "unavailable");
    }
    cluster.thaw();
    alice.post(&path, message).await.expect(201);
    assert_eq!(alice.reads(&room).await, ["once"]);
    cluster.freeze();
    server.signal("TERM").await;
    assert!(server.ends().await.success());
}

/// What follows the log in a process that projects and answers queries.
const FOLLOWERS: [&str; 2] = ["projector", "stream"];

/// Up to where a process has relayed.
const RELAYED: &str = "hansard_relay_position";

/// How a process says that its NATS is.
async fn nats(server: &Spawned) -> Value {
    let ready = Request::new(&client(), "GET", &format!("{}/readyz", server.url)).send().await.expect(200);
    let checks = ready.body["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == "nats").unwrap()["status"].clone()
}

/// Whether each follower has the log from NATS now.
async fn follows_nats(reader: &Spawned) -> bool {
    for follower in FOLLOWERS {
        let follows = format!(r#"hansard_follow_from_stream{{follower="{follower}"}}"#);
        if reader.figure(&follows).await != Some(1) {
            return false;
        }
    }
    true
}

/// How many events each follower has had from NATS.
async fn had_from_nats(reader: &Spawned) -> Vec<i64> {
    let mut counts = vec![];
    for follower in FOLLOWERS {
        let events = format!(r#"hansard_follow_events_total{{follower="{follower}",source="stream"}}"#);
        counts.push(reader.figure(&events).await.unwrap_or(0));
    }
    counts
}

async fn soon(what: &str, is_so: impl AsyncFn() -> bool) {
    let comes = async {
        while !is_so().await {
            // Polls like whoever asks `/readyz` or `/metrics`.
            sleep(Duration::from_millis(25)).await;
        }
    };
    timeout(Duration::from_mins(1), comes).await.unwrap_or_else(|_| panic!("{what}: not in time"));
}

/// How far behind the read models of a process are, in seconds, as it measures it.
async fn lag(reader: &Spawned) -> f64 {
    let metrics = reader.metrics().await;
    let lag = metrics.lines().find_map(|line| line.strip_prefix("hansard_read_models_lag_seconds "));
    lag.expect("it is measured").parse().unwrap()
}

/// Somebody who writes to one process, and reads and listens at another.
struct Talk {
    writes: Person,
    reads: Person,
    listener: Listener,
    room: Room,
    said: Vec<String>,
    told: Vec<Value>,
}

impl Talk {
    /// Says something, and sees it at once: by asking for it a single time, and as it is told. Its position.
    async fn goes_on(&mut self, text: String) -> i64 {
        let sent = self.writes.sends(&self.room, &text).await;
        assert_eq!(self.reads.reads_at_once(&self.room).await.last(), Some(&text));
        self.told.extend(self.listener.until(sent.position).await);
        self.said.push(text);
        sent.position
    }

    /// The messages that were told, in order.
    fn told(&self) -> Vec<&str> {
        let messages = self.told.iter().filter(|frame| frame["type"] == "message_sent");
        messages.map(|frame| frame["data"]["data"]["text"].as_str().unwrap()).collect()
    }
}

/// Messages that are seen while NATS is away, at least.
const MESSAGES: usize = 30;

/// How long what is said may be in the log, and not in the read models, while NATS is away, in seconds.
const LAG: f64 = 1.0;

/// Writes all the while, until it is over. Up to which position.
async fn writes_until(over: &AtomicBool, person: &Person, room: &Room) -> i64 {
    let mut position = 0;
    while !over.load(Ordering::Relaxed) {
        position = person.sends(room, "meanwhile").await.position;
    }
    position
}

/// Goes on talking for as long as NATS is to be away, while others write. Up to which position; and how far behind the
/// read models were at most.
async fn goes_on_without(talk: &mut Talk, others: &[(Person, Room)], reader: &Spawned) -> (i64, f64) {
    let over = AtomicBool::new(false);
    let talking = async {
        let (began, mut count, mut head, mut greatest) = (Instant::now(), 0, 0, 0.0_f64);
        while count < MESSAGES || began.elapsed() < environment::nats_away() {
            head = talk.goes_on(format!("without it {}", talk.said.len())).await;
            greatest = greatest.max(lag(reader).await);
            count += 1;
        }
        over.store(true, Ordering::Relaxed);
        (head, greatest)
    };
    let writing = join_all(others.iter().map(|(person, room)| writes_until(&over, person, room)));
    let ((head, greatest), written) = tokio::join!(talking, writing);
    (written.into_iter().fold(head, i64::max), greatest)
}

#[tokio::test]
async fn a_nats_that_is_away_is_told_and_changes_nothing_else() {
    let mut setup = Setup::new().await;
    // Apart: what the one appends nobody hands over in memory. The other has it from NATS, or else from PostgreSQL.
    let writer = setup.spawn_with(&["--roles=command-api,relay"]).await;
    let reader = setup.spawn_with(&["--roles=projector,query-api"]).await;
    let alice = writer.registers("alice").await;
    let (room, there) = (alice.creates_room("general").await, alice.at(&reader.url));
    let mut others = vec![];
    for name in ["bob", "carol"] {
        let other = writer.registers(name).await;
        let room = other.creates_room("elsewhere").await;
        others.push((other, room));
    }
    assert!(there.reads(&room).await.is_empty());
    let listener = there.listens().await;
    let mut talk = Talk { writes: alice, reads: there, listener, room, said: vec![], told: vec![] };
    soon("NATS is followed", async || follows_nats(&reader).await).await;
    talk.goes_on("with it".to_owned()).await;

    for wiped in [false, true] {
        setup.broker.as_mut().unwrap().kill().await;
        soon("it is told", async || nats(&writer).await == "degraded" && nats(&reader).await == "degraded").await;
        let (relayed, before) = (writer.figure(RELAYED).await, had_from_nats(&reader).await);
        let (mut head, behind) = goes_on_without(&mut talk, &others, &reader).await;
        println!("without NATS read models were {behind:.3} s behind at most");
        assert!(behind < LAG, "read models were {behind} s behind");
        assert!(relayed < Some(head) && writer.figure(RELAYED).await == relayed, "nothing was relayed");
        assert_eq!(had_from_nats(&reader).await, before, "nothing came from NATS");
        assert!(!follows_nats(&reader).await);

        let broker = setup.broker.as_mut().unwrap();
        if wiped {
            broker.wipe();
        }
        broker.restart().await;
        soon("all is relayed", async || writer.figure(RELAYED).await >= Some(head)).await;
        soon("NATS is followed", async || follows_nats(&reader).await).await;
        assert_eq!((nats(&writer).await, nats(&reader).await), (json!("ready"), json!("ready")));
        let from_nats_again = async {
            let mut now = before.clone();
            // Whoever is slow for a moment has a message from PostgreSQL: it goes on until each had some from NATS.
            while now.iter().zip(&before).any(|(now, before)| now <= before) {
                head = talk.goes_on(format!("with it again {}", talk.said.len())).await;
                now = had_from_nats(&reader).await;
            }
        };
        timeout(Duration::from_mins(1), from_nats_again).await.expect("what is said comes from NATS");
        assert_eq!(talk.told(), talk.said, "each is told once, and in order");
        soon("all is relayed", async || writer.figure(RELAYED).await >= Some(head)).await;
        let (base, count) = setup.broker.as_ref().unwrap().stream().await;
        assert_eq!(base + count, head, "the stream holds each event once");
    }
}
