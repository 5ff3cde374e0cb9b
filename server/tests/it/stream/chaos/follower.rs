//! A client that is cut off again and again, and asks on wherever somebody answers.

use std::collections::HashMap;
use std::time::Duration;

use api_kit::Context;
use client::{Connection, Frame, Next, Place, State};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, interval, timeout, timeout_at};
use uuid::Uuid;

use super::Places;
use crate::harness::{Answer, Person};

/// Between two attempts.
const PACE: Duration = Duration::from_millis(100);

/// How long everything may take to be told in the end.
const WITHIN: Duration = Duration::from_mins(1);

/// A client that is cut off again and again.
pub(super) struct Follower {
    person: Person,
    places: Places,
    dice: Context,
    state: State,
    /// Where it has come to; none before it fetched everything.
    place: Option<Place>,
    /// Of each frame of a room: what it was, where in the log, and of which room.
    told: Vec<(String, i64, Uuid)>,
    frames: usize,
    pub(super) cuts: usize,
}

impl Follower {
    pub(super) fn new(person: &Person, places: Places, dice: Context) -> Self {
        let (person, state) = (person.clone(), State::of(person.id));
        Self { person, places, dice, state, place: None, told: vec![], frames: 0, cuts: 0 }
    }

    /// Until it is over. Connections last a moment.
    pub(super) async fn follows(&mut self, mut over: watch::Receiver<bool>) {
        let mut pace = interval(PACE);
        while !*over.borrow() {
            pace.tick().await;
            let [which, lasts] = self.dice.random::<2>().map(usize::from);
            let until =
                Instant::now() + Duration::from_millis(300) + Duration::from_millis(10) * u32::try_from(lasts).unwrap();
            let Some(mut connection) = self.connects(which).await else { continue };
            loop {
                let told = async { timeout_at(until, connection.next()).await };
                let told = tokio::select! {
                    told = told => told,
                    _ = over.wait_for(|over| *over) => return,
                };
                let Ok(Ok(frame)) = told else { break };
                self.hears(&frame).await;
            }
            self.cuts += 1;
        }
    }

    async fn connects(&mut self, which: usize) -> Option<Connection> {
        let url = self.places.queries(which);
        let opening = Connection::open(&url, &self.person.token, self.place);
        timeout(PACE * 20, opening).await.ok()?.ok()
    }

    async fn hears(&mut self, frame: &Frame) {
        let Some(position) = frame.position.filter(|_| frame.r#type != "pong") else { return };
        if frame.r#type == "ready" {
            if self.place.is_none() {
                self.place = Some(position.into());
                self.fetches_all().await;
            }
            return;
        }
        let before = self.place.map_or(0, |place| place.position);
        if frame.r#type != "reset" {
            self.frames += 1;
            assert_eq!(frame.prev_position, Some(before), "nothing is missed: {frame:?}");
            let is_later = position > before || position == before && frame.r#type == "read";
            assert!(is_later, "nothing comes twice: {frame:?}");
            // What was read is told later than where it is in the log.
            if let Some(room) = frame.room_id.filter(|_| frame.r#type != "read") {
                self.told.push((frame.r#type.clone(), position, room));
            }
        }
        self.place = Some(position.into());
        match self.state.apply(frame) {
            Next::Nothing => {}
            Next::FetchRoom(room, _) => self.fetches(room).await,
            Next::FetchAll(_) => self.fetches_all().await,
        }
    }

    /// Is told all that is left, and holds what is fetched; how many frames it was told in all.
    pub(super) async fn ends(&mut self, head: i64, stays: &HashMap<(Uuid, Uuid), Vec<(i64, i64)>>) -> usize {
        timeout(WITHIN, self.catches_up(head)).await.expect("all is told in time");
        let told = self.state.clone();
        self.fetches_all().await;
        let whose = &self.person.email;
        assert_eq!(told.rooms.keys().collect::<Vec<_>>(), self.state.rooms.keys().collect::<Vec<_>>(), "of {whose}");
        for (id, fetched) in &self.state.rooms {
            let told = &told.rooms[id];
            assert_eq!((&told.room, &told.members), (&fetched.room, &fetched.members), "of {whose}");
            let shown = |room: &client::RoomState| -> Vec<Value> {
                room.messages.values().map(|message| self.comparable(&message.shown)).collect()
            };
            assert_eq!(shown(told), shown(fetched), "of {whose}");
        }
        for (kind, position, room) in &self.told {
            let stays = stays.get(&(*room, self.person.id)).map_or(&[][..], Vec::as_slice);
            let was_in = stays.iter().any(|(from, to)| from <= position && position <= to);
            assert!(was_in, "{whose} was told of {kind} at {position} in {room}");
        }
        self.frames
    }

    async fn catches_up(&mut self, head: i64) {
        let (mut pace, mut which) = (interval(PACE), 0);
        loop {
            pace.tick().await;
            which += 1;
            let Some(mut connection) = self.connects(which).await else { continue };
            while let Some(told) = self.told_up_to(&mut connection).await {
                if told >= head {
                    return;
                }
            }
        }
    }

    /// Hears what comes until the server says up to where all is told; nothing if the connection is cut before.
    async fn told_up_to(&mut self, connection: &mut Connection) -> Option<i64> {
        connection.ping().await.ok()?;
        loop {
            let frame = connection.next().await.ok()?;
            if frame.r#type == "pong" {
                return frame.position;
            }
            self.hears(&frame).await;
        }
    }

    /// A message without how often another's was read: that is told to its author.
    fn comparable(&self, message: &Value) -> Value {
        let mut message = message.clone();
        if message["sender_id"] != self.person.id.to_string() {
            message["seen_count"] = Value::Null;
        }
        message
    }

    async fn fetches_all(&mut self) {
        self.state = State::of(self.person.id);
        let rooms = self.asks("/v1/rooms?limit=200").await;
        for room in rooms.items() {
            self.fetches(room["id"].as_str().unwrap().parse().unwrap()).await;
        }
    }

    /// A room, its members and all its messages; nothing of one that they are not in any more.
    async fn fetches(&mut self, room: Uuid) {
        let path = format!("/v1/rooms/{room}");
        let (shown, members) = (self.asks(&path).await, self.asks(&format!("{path}/members?limit=200")).await);
        let mut as_of = shown.position().min(members.position());
        let (mut messages, mut after) = (vec![], String::new());
        loop {
            let page = self.asks(&format!("{path}/messages?limit=200&after={after}")).await;
            if page.status != 200 || members.status != 200 || shown.body["my"].is_null() {
                return;
            }
            as_of = as_of.min(page.position());
            messages.extend(page.items().iter().cloned());
            match page.body["after"].as_str() {
                Some(next) if !page.items().is_empty() => next.clone_into(&mut after),
                _ => break,
            }
        }
        self.state.fetched(room, as_of.unwrap_or_default(), shown.body, members.items().to_vec(), messages);
    }

    /// The answer of whoever answers, as of what was told.
    async fn asks(&self, path: &str) -> Answer {
        let (mut pace, mut which) = (interval(PACE), 0);
        loop {
            which += 1;
            let least = self.place.map_or(0, |place| place.position).to_string();
            let asking = self.person.at(&self.places.queries(which));
            let answer = asking.request("GET", path).header("min-event-position", least).try_send().await;
            match answer {
                Ok(answer) if answer.status < 500 => return answer,
                // Nobody is there, or they are not yet where they should be.
                Ok(_) | Err(_) => pace.tick().await,
            };
        }
    }
}
