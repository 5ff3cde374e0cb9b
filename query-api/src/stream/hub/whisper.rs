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

/// Somebody writes something in a room.
pub(super) struct Writing {
    user: Uuid,
    room: Uuid,
    /// Or at another hub.
    here: bool,
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

    /// Somebody who is here writes something, if they may.
    pub(super) fn types(&self, user: Uuid, room: Uuid) -> Option<Writing> {
        let seat = self.people.seat((room, user))?;
        seat.writes.then_some(Writing { user, room, here: true })
    }

    /// Tells the others in their rooms that people write something, and other hubs of those who are here.
    ///
    /// Seats are as of what was handed out, and the log is asked for what came since. Who went, or blocks somebody, is told
    /// nothing; where rights changed, or from where who writes went, nobody is.
    pub(super) async fn tell_writing(&self, writing: Vec<Writing>) {
        if writing.is_empty() {
            return;
        }
        let after = match self.taken_since().await {
            Ok(Some(after)) => after,
            Ok(None) => return,
            Err(error) => {
                tracing::warn!(%error, "nobody is told who writes");
                return;
            }
        };
        for Writing { user, room, here } in writing {
            if after.is_doubtful(room) || after.has_gone(room, user) {
                continue;
            }
            let frame = json!({"type": "typing", "room_id": room, "data": {"user_id": user}});
            let delivery = Delivery::Passing(frame.to_string().into());
            for (other, _) in self.people.members(room).filter(|(other, _)| *other != user) {
                if !after.has_gone(room, other) && !after.may_hide(other) {
                    self.deliver(other, &delivery);
                }
            }
            if here {
                self.whisper(Said::Typing { room_id: room, user_id: user });
            }
        }
    }

    pub(super) fn whisper_people(&self, people: Vec<(Uuid, State)>) {
        if !people.is_empty() {
            self.whisper(Said::People(people));
        }
    }

    /// Another hub said something: perhaps that somebody writes there, who may.
    pub(super) fn overhear(&mut self, whisper: Whisper) -> Option<Writing> {
        match whisper.said {
            Said::Typing { room_id: room, user_id: user } => Some(Writing { user, room, here: false }),
            Said::People(people) => {
                self.presence.hear(whisper.from, people);
                None
            }
        }
    }
}
