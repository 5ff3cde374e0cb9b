//! What hubs of an instance whisper to each other: what is never stored.

use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Delivery;
use super::work::Work;

/// What one hub says to the others.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Whisper {
    /// Which hub.
    pub(super) from: Uuid,
    #[serde(flatten)]
    said: Said,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    /// Somebody writes something in a room.
    Typing { room_id: Uuid, user_id: Uuid },
    /// Who is connected to it, and whether they look.
    People(Vec<(Uuid, State)>),
}

/// Whether somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    Offline,
    Away,
    Online,
}

impl Whisper {
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }
}

impl Work {
    fn whisper(&self, said: Said) {
        let whisper = Whisper { from: self.hub.0.id, said };
        if let Ok(text) = serde_json::to_string(&whisper) {
            // Where nobody passes them on, there is one hub.
            _ = self.hub.0.whispers.send(text);
        }
    }

    /// Tells the others in a room that somebody writes something, if they may.
    pub(super) fn types(&self, user: Uuid, room: Uuid) {
        if self.people.seat((room, user)).is_some_and(|seat| seat.writes) {
            self.tell_typing(user, room);
            self.whisper(Said::Typing { room_id: room, user_id: user });
        }
    }

    fn tell_typing(&self, user: Uuid, room: Uuid) {
        let frame = json!({"type": "typing", "room_id": room, "data": {"user_id": user}});
        let delivery = Delivery::Passing(frame.to_string().into());
        for (other, _) in self.people.members(room).filter(|(other, _)| *other != user) {
            self.deliver(other, &delivery);
        }
    }

    pub(super) fn whisper_people(&self, people: Vec<(Uuid, State)>) {
        if !people.is_empty() {
            self.whisper(Said::People(people));
        }
    }

    pub(super) fn overhear(&mut self, whisper: Whisper) {
        match whisper.said {
            Said::Typing { room_id, user_id } => self.tell_typing(user_id, room_id),
            Said::People(people) => self.presence.hear(whisper.from, people),
        }
    }
}
