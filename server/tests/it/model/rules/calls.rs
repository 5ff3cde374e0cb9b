//! Calls.

use std::collections::BTreeMap;

use serde_json::json;

use super::{needs, what_happened};
use crate::model::world::{Answer, Call, Kind, Number, Who, World};

/// Minutes for which a call rings.
const RINGS: i64 = 1;

impl World {
    pub(super) fn starts_call(&mut self, by: Who, id: Number, number: Number, media: &'static str) -> Answer {
        needs(self.writable(by, id)?, by, "start_calls")?;
        if self.calls.contains_key(&number) {
            return Err("id-taken");
        }
        if self.calls.values().any(|call| call.room == id && call.over.is_none()) {
            return Err("call-in-progress");
        }
        let (started, tick, people) = (self.now, self.tick, BTreeMap::new());
        let mut call =
            Call { room: id, by, media, started, answered: None, over: None, people, tick, last: tick, version: 0 };
        call.comes(by, started);
        self.calls.insert(number, call);
        let what = json!({"call_id": format!("call {number}"), "media": media});
        self.tells(by, id, "call", what_happened("call_started", what));
        Ok(201)
    }

    pub(super) fn joins_call(&mut self, by: Who, number: Number) -> Answer {
        let now = self.now;
        self.writable(by, self.calls.get(&number).ok_or("not-found")?.room)?;
        let call = &self.calls[&number];
        if call.over.is_some() {
            return Err("call-ended");
        }
        if !call.present().contains(&by) {
            self.call_mut(number).comes(by, now);
        }
        Ok(204)
    }

    /// Leaves it; who never was in it declines.
    pub(super) fn leaves_call(&mut self, by: Who, number: Number) -> Answer {
        let id = self.calls.get(&number).ok_or("not-found")?.room;
        let of_two = self.inside(by, id)?.kind != Kind::Group;
        let now = self.now;
        let call = &self.calls[&number];
        let is_answered = call.answered.is_some();
        if call.present().contains(&by) {
            self.loses(number, by, "left", by);
        } else if call.over.is_none() && !call.people.contains_key(&by) {
            self.call_mut(number).goes(by, "declined", now);
            if of_two && !is_answered {
                self.ends(number, by, "declined");
            }
        }
        Ok(204)
    }

    pub(super) fn ends_call(&mut self, by: Who, number: Number) -> Answer {
        let call = self.calls.get(&number).ok_or("not-found")?;
        let room = self.inside(by, call.room)?;
        if call.over.is_none() {
            if call.by != by && room.kind == Kind::Group {
                needs(room, by, "manage_room")?;
            }
            let outcome = call.outcome();
            self.ends(number, by, outcome);
        }
        Ok(204)
    }

    /// What becomes of calls by itself: in a room that is shut there is none, who is no member any more is in none, and what
    /// nobody answers is missed.
    pub(super) fn attends(&mut self) {
        let mut before = self.calls.clone();
        before.retain(|_, call| call.over.is_none());
        for (number, call) in before {
            let room = &self.rooms[&call.room];
            let rang_out = call.answered.is_none() && self.now - call.started >= RINGS;
            let stays = |who: &Who| room.members.contains_key(who) && !self.people[*who].erased;
            let gone: Vec<_> = call.present().into_iter().filter(|who| !stays(who)).collect();
            if room.archived || room.closed || rang_out {
                self.ends(number, call.by, call.outcome());
            } else {
                for who in gone {
                    self.loses(number, who, "removed", call.by);
                }
            }
            if self.calls[&number].version > call.version {
                self.attended.push(number);
            }
        }
    }

    /// Somebody is not in it any more; without anybody it is over, by the doing of `by`.
    fn loses(&mut self, number: Number, who: Who, how: &'static str, by: Who) {
        let now = self.now;
        let call = self.call_mut(number);
        call.goes(who, how, now);
        let outcome = call.outcome();
        if call.present().is_empty() {
            self.ends(number, by, outcome);
        }
    }

    fn ends(&mut self, number: Number, by: Who, outcome: &'static str) {
        let now = self.now;
        let call = self.call_mut(number);
        call.over = Some((now, outcome));
        call.version += 1;
        let (room, lasted) = (call.room, call.answered.map_or(0, |answered| now - answered));
        let what = json!({
            "call_id": format!("call {number}"),
            "media": call.media,
            "outcome": outcome,
            "duration_ms": lasted * 60_000,
        });
        self.tells(by, room, "call", what_happened("call_ended", what));
    }

    /// A call to which something happens.
    fn call_mut(&mut self, number: Number) -> &mut Call {
        let call = self.calls.get_mut(&number).expect("it was just looked at");
        call.last = self.tick;
        call
    }
}
