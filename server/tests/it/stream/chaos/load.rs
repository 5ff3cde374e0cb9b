//! What people do meanwhile, as dice fall. What is not answered is let be.

use std::time::Duration;

use api_kit::Context;
use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::interval;

use super::Places;
use crate::harness::{Answer, Person, Room};

/// Between two commands of a line.
const PACE: Duration = Duration::from_millis(40);

/// Lines in which something is done at once.
const LINES: u64 = 5;

/// People, their rooms, and how much they were answered.
pub(super) struct Load<'a> {
    pub(super) people: &'a [Person],
    pub(super) rooms: &'a [Room],
    pub(super) places: &'a Places,
    pub(super) answered: watch::Sender<usize>,
}

impl Load<'_> {
    /// Until it is over.
    pub(super) async fn goes_on(&self, dice: Context, over: watch::Receiver<bool>) {
        join_all((0..LINES).map(|_| self.line(&dice, over.clone()))).await;
    }

    async fn line(&self, dice: &Context, over: watch::Receiver<bool>) {
        let mut pace = interval(PACE);
        while !*over.borrow() {
            pace.tick().await;
            let answer = self.something(dice.random()).await;
            if answer.is_some_and(|answer| answer.status < 500) {
                self.answered.send_modify(|answered| *answered += 1);
            }
        }
    }

    /// Somebody does something somewhere. Much of it is refused, which is as well.
    async fn something(&self, [who, whom, room, what, which]: [u8; 5]) -> Option<Answer> {
        let pick = |dice: u8| &self.people[usize::from(dice) % self.people.len()];
        let (one, other) = (pick(who).at(&self.places.commands()), pick(whom));
        let room = &self.rooms[usize::from(room) % self.rooms.len()];
        let ask = |method, path: String, body: Value| {
            let request = one.request(method, &path);
            async move { request.json(&body).try_send().await.ok() }
        };
        match what % 16 {
            0..8 => ask("POST", room.path("/messages"), json!({"text": format!("{who} says {which}")})).await,
            8 => ask("DELETE", room.path(&format!("/members/{}", other.id)), Value::Null).await,
            9 => ask("DELETE", room.path(&format!("/members/{}", one.id)), Value::Null).await,
            10 | 11 => ask("PUT", room.path("/members/me"), json!({})).await,
            12 => ask("PATCH", room.path(""), json!({"topic": format!("{which}")})).await,
            _ => {
                let newest = one.request("GET", &room.path("/messages?limit=5")).try_send().await.ok()?;
                let message = newest.body["items"].get(usize::from(which) % 5)?.clone();
                let path = room.path(&format!("/messages/{}", message["id"].as_str()?));
                match what % 16 {
                    13 => ask("PUT", room.path("/read"), json!({"position": message["position"]})).await,
                    14 => ask("PUT", format!("{path}/reactions/👍"), json!({})).await,
                    _ => ask("PATCH", path, json!({"text": format!("edited {which}")})).await,
                }
            }
        }
    }
}
