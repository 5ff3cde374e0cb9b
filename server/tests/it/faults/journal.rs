//! A load that keeps a journal of what it was answered, and asks again where it was answered nothing.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use api_kit::Context;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{interval, timeout};
use uuid::Uuid;

use crate::harness::{Person, Room};

/// Between two commands of a sender.
const PACE: Duration = Duration::from_millis(50);

/// How long the load may come to nothing: PostgreSQL recovers meanwhile.
const PATIENCE: Duration = Duration::from_mins(1);

/// A message as it was answered, or as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) id: Uuid,
    pub(super) text: String,
    pub(super) position: i64,
}

impl Sent {
    pub(super) fn listed(message: &Value) -> Self {
        Self {
            id: message["id"].as_str().unwrap().parse().unwrap(),
            text: message["data"]["text"].as_str().unwrap().to_owned(),
            position: message["position"].as_i64().unwrap(),
        }
    }
}

/// Where the server is now: another port after each start.
pub(super) struct Where(RwLock<String>);

impl Where {
    pub(super) fn new(url: &str) -> Self {
        Self(RwLock::new(url.to_owned()))
    }

    pub(super) fn is(&self, url: &str) {
        url.clone_into(&mut self.0.write().unwrap());
    }

    fn now(&self) -> String {
        self.0.read().unwrap().clone()
    }
}

/// What was answered so far.
pub(super) struct Journal {
    sent: Mutex<Vec<Sent>>,
    count: watch::Sender<usize>,
    /// How often commands were asked: more than once those that were not answered, or with 503.
    asked: AtomicUsize,
    over: AtomicBool,
}

impl Default for Journal {
    fn default() -> Self {
        let (count, asked) = (watch::Sender::new(0), AtomicUsize::new(0));
        Self { sent: Mutex::default(), count, asked, over: AtomicBool::new(false) }
    }
}

impl Journal {
    pub(super) fn answered(&self) -> usize {
        *self.count.borrow()
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }

    pub(super) async fn reaches(&self, count: usize) {
        let mut counted = self.count.subscribe();
        let reached = timeout(PATIENCE, counted.wait_for(|now| *now >= count)).await;
        assert!(reached.is_ok(), "commands are answered again in time");
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    pub(super) fn messages(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn note(&self, sent: Sent) {
        self.sent.lock().unwrap().push(sent);
        self.count.send_modify(|count| *count += 1);
    }
}

/// Sends message after message, each again under the same name until it is answered.
#[expect(clippy::disallowed_methods, reason = "the test awaits it")]
pub(super) fn send(journal: Arc<Journal>, server: Arc<Where>, sender: Person, room: Room) -> JoinHandle<()> {
    tokio::spawn(async move {
        let (mut pace, context) = (interval(PACE), Context::ambient());
        let mut number = 0_u32;
        while !journal.is_over() {
            pace.tick().await;
            number += 1;
            let (id, text) = (context.new_id(), format!("{} says {number}", sender.email));
            // By turns under an id of one's own and under a key.
            let by_id = number.is_multiple_of(2);
            let body = if by_id { json!({"id": id, "text": text}) } else { json!({"text": text}) };
            loop {
                let mut request = sender.at(&server.now()).request("POST", &room.path("/messages")).json(&body);
                if !by_id {
                    request = request.header("idempotency-key", id.to_string());
                }
                journal.asked.fetch_add(1, Ordering::Relaxed);
                let Ok(answer) = request.try_send().await else {
                    pace.tick().await;
                    continue;
                };
                if answer.status == 503 {
                    assert!(answer.header("retry-after").is_some(), "{}", answer.text);
                    pace.tick().await;
                    continue;
                }
                let answer = answer.expect(201);
                let position = answer.body["position"].as_i64().unwrap();
                journal.note(Sent { id: answer.id(), text, position });
                break;
            }
        }
    })
}

/// Reads all the while: an answer, a 503, or nobody there.
#[expect(clippy::disallowed_methods, reason = "the test awaits it")]
pub(super) fn read(journal: Arc<Journal>, server: Arc<Where>, reader: Person, room: Room) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut pace = interval(PACE);
        while !journal.is_over() {
            pace.tick().await;
            let request = reader.at(&server.now()).request("GET", &room.path("/messages?limit=20"));
            if let Ok(answer) = request.try_send().await {
                assert!(matches!(answer.status, 200 | 503), "{}: {}", answer.status, answer.text);
            }
        }
    })
}
