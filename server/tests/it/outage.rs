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

/// Waits until something is so.
pub(crate) async fn soon(what: &str, is_so: impl AsyncFn() -> bool) {
    let comes = async {
        while !is_so().await {
            // Polls like whoever asks `/readyz` or `/metrics`, or looks at files.
            sleep(Duration::from_millis(25)).await;
        }
    };
    timeout(Duration::from_mins(1), comes).await.unwrap_or_else(|_| panic!("{what}: not in time"));
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
    /// Says something, and sees it at once: by asking for it a single time, and as it is told. Its position, and how
    /// long after it was answered it was shown.
    async fn goes_on(&mut self, text: String) -> (i64, Duration) {
        let sent = self.writes.sends(&self.room, &text).await;
        let answered = Instant::now();
        assert_eq!(self.reads.reads_at_once(&self.room).await.last(), Some(&text));
        let shown_after = answered.elapsed();
        self.told.extend(self.listener.until(sent.position).await);
        self.said.push(text);
        (sent.position, shown_after)
    }

    /// The messages that were told, in order.
    fn told(&self) -> Vec<&str> {
        let messages = self.told.iter().filter(|frame| frame["type"] == "message_sent");
        messages.map(|frame| frame["data"]["data"]["text"].as_str().unwrap()).collect()
    }
}

/// Messages that are seen while NATS is away, at least.
const MESSAGES: usize = 30;

/// How long after it was answered what is said may be in the log, and not in the read models, while NATS is away.
const LAG: Duration = Duration::from_secs(1);

/// Somebody else: as who writes, as who reads, and a room of theirs.
struct Other(Person, Person, Room);

impl Other {
    /// Writes all the while, until it is over: the next once the last is shown, as fast as read models are filled and
    /// no faster. Up to which position.
    async fn writes_until(&self, over: &AtomicBool) -> i64 {
        let (Self(writes, reads, room), mut position) = (self, 0);
        while !over.load(Ordering::Relaxed) {
            position = writes.sends(room, "meanwhile").await.position;
            reads.reads(room).await;
        }
        position
    }
}

/// Goes on talking for as long as NATS is to be away, while others write. Up to which position; and how long after it
/// was answered each message was shown, the shortest first.
async fn goes_on_without(talk: &mut Talk, others: &[Other]) -> (i64, Vec<Duration>) {
    let over = AtomicBool::new(false);
    let talking = async {
        let (began, mut head, mut shown_after) = (Instant::now(), 0, vec![]);
        while shown_after.len() < MESSAGES || began.elapsed() < environment::nats_away() {
            let (position, after) = talk.goes_on(format!("without it {}", talk.said.len())).await;
            head = position;
            shown_after.push(after);
        }
        over.store(true, Ordering::Relaxed);
        shown_after.sort_unstable();
        (head, shown_after)
    };
    let writing = join_all(others.iter().map(|other| other.writes_until(&over)));
    let ((head, shown_after), written) = tokio::join!(talking, writing);
    (written.into_iter().fold(head, i64::max), shown_after)
}

/// Fails the test unless messages were shown soon: in the middle; and each of them where NATS is away for longer than
/// a test has time for. A machine that does much else beside may be slow for a moment.
#[expect(clippy::print_stdout, reason = "shown by the longer run")]
fn are_in_time(shown_after: &[Duration]) {
    let (middle, longest) = (shown_after[shown_after.len() / 2], shown_after[shown_after.len() - 1]);
    println!("without NATS messages were shown after {middle:?} in the middle, after {longest:?} at most");
    assert!(middle < LAG, "messages were shown after {middle:?} in the middle");
    assert!(longest < LAG || environment::nats_away().is_zero(), "a message was shown after {longest:?}");
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
        let (room, there) = (other.creates_room("elsewhere").await, other.at(&reader.url));
        others.push(Other(other, there, room));
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
        let (mut head, shown_after) = goes_on_without(&mut talk, &others).await;
        are_in_time(&shown_after);
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
                (head, _) = talk.goes_on(format!("with it again {}", talk.said.len())).await;
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
