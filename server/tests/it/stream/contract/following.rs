//! A client that keeps a state by frames.

use std::collections::BTreeMap;

use client::{Frame, Next, State};
use serde_json::Value;
use uuid::Uuid;

use crate::harness::{Answer, Listener, Person};

/// A client that keeps a state by frames.
pub(super) struct Following {
    pub(super) person: Person,
    pub(super) state: State,
    /// The kinds of the frames that it was told, and how often.
    pub(super) told: BTreeMap<String, usize>,
    listener: Listener,
    previous: i64,
}

impl Following {
    /// Fetches everything once, and listens.
    pub(super) async fn begin(person: &Person) -> Self {
        let listener = person.listens().await;
        let previous = listener.ready;
        let mut one =
            Self { person: person.clone(), state: State::of(person.id), told: BTreeMap::new(), listener, previous };
        one.state = one.fetches_all().await;
        one
    }

    /// Connects again, from the last frame on.
    pub(super) async fn comes_back(&mut self) {
        self.listener = self.person.listens_since(self.previous).await;
    }

    /// Takes everything up to a position of the log.
    pub(super) async fn catches_up(&mut self, position: i64) {
        for frame in self.listener.until(position).await {
            let frame: Frame = serde_json::from_value(frame).unwrap();
            if frame.r#type != "reset" {
                assert_eq!(frame.prev_position, Some(self.previous), "{frame:?}");
            }
            self.previous = frame.position.unwrap();
            *self.told.entry(frame.r#type.clone()).or_default() += 1;
            match self.state.apply(&frame) {
                Next::Nothing => {}
                Next::FetchRoom(room, _) => {
                    let mut state = std::mem::take(&mut self.state);
                    self.fetches_into(&mut state, room).await;
                    self.state = state;
                }
                Next::FetchAll(_) => self.state = self.fetches_all().await,
            }
        }
    }

    pub(super) async fn fetches_all(&self) -> State {
        let mut state = State::of(self.person.id);
        state.settings = self.get("/v1/users/me/settings").await.expect(200).body;
        for room in self.get("/v1/rooms?limit=200").await.expect(200).items() {
            self.fetches_into(&mut state, id(room)).await;
        }
        let account = self.get("/v1/users/me").await.expect(200);
        let (blocks, sessions) = (self.get("/v1/users/me/blocks").await, self.get("/v1/sessions").await);
        let as_of = [&account, &blocks, &sessions].map(|answer| answer.position().unwrap_or_default());
        let as_of = as_of.into_iter().min().unwrap_or_default();
        state.fetched_own(as_of, account.body.clone(), blocks.items().to_vec(), sessions.items().to_vec());
        state
    }

    async fn fetches_into(&self, state: &mut State, room: Uuid) {
        let Some((as_of, shown, members, messages)) = self.fetches(room).await else { return };
        let calls = self.get(&format!("/v1/rooms/{room}/calls?limit=200")).await;
        let invites = self.get(&format!("/v1/rooms/{room}/invites")).await;
        // Who may not see invites is refused.
        let invites = if invites.status == 200 { invites.items().to_vec() } else { vec![] };
        state.fetched(room, as_of, shown, members, messages);
        state.fetched_besides(room, calls.items().to_vec(), invites);
    }

    /// A room, its members and all its messages; none of one that they are not in any more.
    async fn fetches(&self, room: Uuid) -> Option<(i64, Value, Vec<Value>, Vec<Value>)> {
        let path = format!("/v1/rooms/{room}");
        let shown = self.get(&path).await;
        if shown.body["my"].is_null() {
            return None;
        }
        let members = self.get(&format!("{path}/members?limit=200")).await;
        let mut as_of = [&shown, &members].map(|answer| answer.position().unwrap_or_default());
        let (mut messages, mut after) = (vec![], String::new());
        loop {
            let page = self.get(&format!("{path}/messages?limit=200&after={after}")).await;
            if page.status != 200 || members.status != 200 {
                return None;
            }
            as_of[0] = as_of[0].min(page.position().unwrap_or_default());
            messages.extend(page.items().iter().cloned());
            match page.body["after"].as_str() {
                Some(next) if !page.items().is_empty() => next.clone_into(&mut after),
                _ => break,
            }
        }
        Some((as_of[0].min(as_of[1]), shown.body, members.items().to_vec(), messages))
    }

    /// As of what was told.
    async fn get(&self, path: &str) -> Answer {
        let least = self.previous.to_string();
        self.person.request("GET", path).header("min-event-position", least).patiently().await
    }

    /// A message without how often another's was read: that is told to its author.
    pub(super) fn comparable(&self, message: &Value) -> Value {
        let mut message = message.clone();
        if message["sender_id"] != self.person.id.to_string() {
            message["seen_count"] = Value::Null;
        }
        message
    }
}

fn id(thing: &Value) -> Uuid {
    thing["id"].as_str().unwrap().parse().unwrap()
}
