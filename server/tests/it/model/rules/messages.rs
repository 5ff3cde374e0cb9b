//! Messages.

use serde_json::json;

use super::{matches, needs, what_happened};
use crate::model::step::Version;
use crate::model::world::{Answer, Kind, Message, NAMES, Number, Who, Wording, World};

impl World {
    pub(super) fn sends(
        &mut self,
        by: Who,
        id: Number,
        message: Number,
        text: &str,
        reply_to: Option<Number>,
    ) -> Answer {
        let room = self.writable(by, id)?;
        needs(room, by, "send_messages")?;
        let answers = |reply| self.seen_message(by, id, reply).is_some();
        if text.is_empty() || reply_to.is_some_and(|reply| !answers(reply)) {
            return Err("invalid");
        }
        let wording = self.words(by, id, text, 1);
        self.says(Message { room: id, sender: by, wordings: vec![wording], reply_to, ..self.nothing_said() }, message)
    }

    pub(super) fn forwards(&mut self, by: Who, id: Number, message: Number, to: Number, copy: Number) -> Answer {
        let kind = self.inside(by, id)?.kind;
        let said = self.seen_message(by, id, message).ok_or("not-found")?;
        let target = self.writable(by, to)?;
        if self.is_gone(said) {
            return Err("message-deleted");
        }
        if kind == Kind::Secret {
            return Err("stays-secret");
        }
        needs(target, by, "send_messages")?;
        let forwarded = said.forwarded.or(Some((message, id, said.sender)));
        // It mentions nobody: they were mentioned where it was said.
        let wording = Wording {
            text: said.says().text.clone(),
            mentions: vec![],
            all: None,
            at: self.now,
            tick: self.tick,
            version: 1,
        };
        let new = Message { room: to, sender: by, wordings: vec![wording], forwarded, ..self.nothing_said() };
        self.says(new, copy)
    }

    fn says(&mut self, message: Message, id: Number) -> Answer {
        if self.messages.contains_key(&id) {
            return Err("id-taken");
        }
        self.messages.insert(id, message);
        Ok(201)
    }

    fn nothing_said(&self) -> Message {
        Message {
            room: 0,
            sender: 0,
            wordings: vec![],
            reply_to: None,
            forwarded: None,
            reactions: vec![],
            pinned: false,
            deleted: false,
            tick: self.tick,
            version: 1,
        }
    }

    /// The texts that are said mention at most one, at their beginning.
    fn words(&self, by: Who, room: Number, text: &str, version: i64) -> Wording {
        let room = &self.rooms[&room];
        let name = text.strip_prefix('@').and_then(|rest| rest.split(' ').next());
        let is_there = |who: &Who| room.members.contains_key(who) && !self.people[*who].erased;
        let who = NAMES.iter().position(|other| Some(*other) == name).filter(is_there);
        let all = name == Some("all") && room.may(by, "mention_all");
        Wording {
            text: text.to_owned(),
            mentions: who.map(|who| (who, 0, NAMES[who].len() + 1)).into_iter().collect(),
            all: all.then_some(0),
            at: self.now,
            tick: self.tick,
            version,
        }
    }

    pub(super) fn edits(&mut self, by: Who, id: Number, message: Number, text: &str, version: Version) -> Answer {
        self.inside(by, id)?;
        let said = self.seen_message(by, id, message).ok_or("not-found")?;
        let room = self.writable(by, id)?;
        if self.is_gone(said) {
            return Err("message-deleted");
        }
        if said.sender != by {
            return Err("not-the-author");
        }
        if said.forwarded.is_some() {
            return Err("forwarded");
        }
        needs(room, by, "send_messages")?;
        if text.is_empty() {
            return Err("invalid");
        }
        matches(version)?;
        if said.says().text != text {
            let wording = self.words(by, id, text, said.version + 1);
            self.changes(message, |said| said.wordings.push(wording));
        }
        Ok(200)
    }

    pub(super) fn deletes(&mut self, by: Who, id: Number, message: Number, version: Version) -> Answer {
        let secret = self.inside(by, id)?.kind == Kind::Secret;
        let here = self.messages.get(&message).filter(|said| said.room == id);
        // One's own words are taken back wherever they stand; others' are deleted by who sees them.
        let said = here.filter(|said| said.sender == by || self.sees(by, id, said.tick)).ok_or("not-found")?;
        let room = self.inside(by, id)?;
        if room.archived {
            return Err("archived");
        }
        if said.sender != by {
            needs(room, by, "delete_messages")?;
        }
        matches(version)?;
        if !said.deleted {
            self.changes(message, |said| said.deleted = true);
        }
        Ok(if secret { 200 } else { 204 })
    }

    pub(super) fn pins(&mut self, by: Who, id: Number, message: Number, pin: bool) -> Answer {
        self.inside(by, id)?;
        let said = self.seen_message(by, id, message).ok_or("not-found")?;
        let room = self.writable(by, id)?;
        if self.is_gone(said) {
            return Err("message-deleted");
        }
        needs(room, by, "pin_messages")?;
        if said.pinned != pin {
            self.changes(message, |said| said.pinned = pin);
            if pin {
                let which = json!({"message_id": format!("message {message}")});
                self.tells(by, id, "event", what_happened("message_pinned", which));
            }
        }
        Ok(204)
    }

    fn changes(&mut self, message: Number, change: impl FnOnce(&mut Message)) {
        let message = self.messages.get_mut(&message).expect("it was just looked at");
        change(message);
        message.version += 1;
    }

    pub(super) fn reads(&mut self, by: Who, id: Number, message: Option<Number>) -> Answer {
        self.inside(by, id)?;
        // What was never sent stands at 1, which everybody has read.
        let Some(message) = message else { return Err("position-unknown") };
        let tick = self.messages.get(&message).map_or(0, |said| said.tick);
        let read = self.room_mut(id).read.entry(by).or_default();
        *read = tick.max(*read);
        Ok(204)
    }
}
