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

use crate::harness::request::Request;
use crate::harness::{Answer, Person, Room};

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
#[derive(Default)]
pub(super) struct Journal {
    sent: Mutex<Vec<Sent>>,
    count: watch::Sender<usize>,
    /// Commands that wait for an answer now.
    under_way: watch::Sender<usize>,
    /// How often the server was gone before it answered one that it had been sent.
    cut_off: AtomicUsize,
    over: AtomicBool,
}

impl Journal {
    pub(super) fn answered(&self) -> usize {
        *self.count.borrow()
    }

    pub(super) fn cut_off(&self) -> usize {
        self.cut_off.load(Ordering::Relaxed)
    }

    pub(super) async fn reaches(&self, count: usize) {
        let mut counted = self.count.subscribe();
        let reached = timeout(PATIENCE, counted.wait_for(|now| *now >= count)).await;
        assert!(reached.is_ok(), "commands are answered again in time");
    }

    /// Waits until so many commands wait for an answer at once.
    pub(super) async fn waits_for_all(&self, commands: usize) {
        let mut under_way = self.under_way.subscribe();
        let all = timeout(PATIENCE, under_way.wait_for(|now| *now == commands)).await;
        assert!(all.is_ok(), "commands are asked in time");
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

    /// Asks for a command once. None where no answer comes.
    async fn ask(&self, request: Request) -> Option<Answer> {
        self.under_way.send_modify(|count| *count += 1);
        let asked = request.try_send().await;
        self.under_way.send_modify(|count| *count -= 1);
        // Whoever finds nobody cannot connect.
        if asked.as_ref().is_err_and(|error| !error.is_connect()) {
            self.cut_off.fetch_add(1, Ordering::Relaxed);
        }
        asked.ok()
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
            let answer = loop {
                let mut request = sender.at(&server.now()).request("POST", &room.path("/messages")).json(&body);
                if !by_id {
                    request = request.header("idempotency-key", id.to_string());
                }
                if let Some(answer) = journal.ask(request).await {
                    if answer.status != 503 {
                        break answer.expect(201);
                    }
                    assert!(answer.header("retry-after").is_some(), "{}", answer.text);
                }
                pace.tick().await;
            };
            let position = answer.body["position"].as_i64().unwrap();
            journal.note(Sent { id: answer.id(), text, position });
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
