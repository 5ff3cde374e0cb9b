//! Messages.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Shown, message as message_name, minute, room as room_name, who};
use crate::model::sought::Sought;
use crate::model::world::{Kind, Message, Notice, Number, Room, Who, World};

impl World {
    /// A room, for a member.
    pub(super) fn member_of(&self, viewer: Who, id: Number) -> Result<&Room, &'static str> {
        let room = self.room(id).ok_or("not-found")?;
        match (room.members.contains_key(&viewer), room.public) {
            (true, _) => Ok(room),
            (false, true) => Err("not-a-member"),
            (false, false) => Err("not-found"),
        }
    }

    /// `ListMessages`: what was said and what happened, in order.
    pub(in super::super) fn shows_messages(&self, viewer: Who, id: Number) -> Shown {
        Ok(self.list(viewer, id)?.into())
    }

    /// `ListMessages` around one: so many on each side of it, and whether there are more.
    pub(in super::super) fn shows_around(&self, viewer: Who, id: Number, message: Number, beside: usize) -> Shown {
        let (all, name) = (self.list(viewer, id)?, message_name(message));
        let place = all.iter().position(|item| item["id"] == name).ok_or("not-found")?;
        let (first, end) = (place.saturating_sub(beside), all.len().min(place + beside + 1));
        Ok(json!({"items": all[first..end], "before": first > 0, "after": end < all.len()}))
    }

    fn list(&self, viewer: Who, id: Number) -> Result<Vec<Value>, &'static str> {
        let room = self.member_of(viewer, id)?;
        let said = self.messages.iter().filter(|(_, message)| message.room == id);
        let said = said.map(|(number, message)| (message.tick, self.as_message(viewer, *number)));
        let told = room.notices.iter().map(|notice| (notice.tick, as_notice(id, room, notice)));
        let mut all: Vec<_> = told.chain(said).filter(|(tick, _)| self.sees(viewer, id, *tick)).collect();
        all.sort_by_key(|(tick, _)| *tick);
        Ok(all.into_iter().map(|(_, item)| item).collect())
    }

    /// `ListMessages` of those that are pinned.
    pub(in super::super) fn shows_pinned(&self, viewer: Who, id: Number) -> Shown {
        self.member_of(viewer, id)?;
        let is_pinned = |message: &Message| message.room == id && message.pinned && !self.is_gone(message);
        let pinned = self.messages.iter().filter(|(_, message)| is_pinned(message));
        let mut pinned: Vec<_> = pinned.filter(|(_, message)| self.sees(viewer, id, message.tick)).collect();
        pinned.sort_by_key(|(_, message)| message.tick);
        Ok(pinned.into_iter().map(|(number, _)| self.as_message(viewer, *number)).collect())
    }

    /// `GetMessage`.
    pub(in super::super) fn shows_message(&self, viewer: Who, id: Number, message: Number) -> Shown {
        self.member_of(viewer, id)?;
        self.seen_message(viewer, id, message).ok_or("not-found")?;
        Ok(self.as_message(viewer, message))
    }

    /// `ListMessageVersions`.
    pub(in super::super) fn shows_versions(&self, viewer: Who, id: Number, message: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        let said = self.seen_message(viewer, id, message).ok_or("not-found")?;
        if room.kind == Kind::Secret {
            return Err("not-found");
        }
        if self.is_gone(said) {
            return Ok(json!([]));
        }
        let wordings = said.wordings.iter().map(|wording| {
            json!({
                "version": wording.version,
                "text": wording.text,
                "written_at": minute(wording.at),
                "position": wording.tick,
            })
        });
        Ok(wordings.collect())
    }

    /// `ListMessageReaders`: who has come least far first.
    pub(in super::super) fn shows_readers(&self, viewer: Who, id: Number, message: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        let said = self.seen_message(viewer, id, message).ok_or("not-found")?;
        let readers = room.read.iter().filter(|(reader, read)| **read >= said.tick && **reader != said.sender);
        let reader = |(reader, read): (&Who, &i64)| json!({"user_id": who(*reader), "display_name": self.name(*reader), "read_position": read});
        let mut readers: Vec<_> = readers.collect();
        readers.sort_by_key(|(reader, read)| (**read, **reader));
        Ok(readers.into_iter().map(reader).collect())
    }

    /// `SearchMessages`: newest first.
    #[expect(clippy::unnecessary_wraps, reason = "as all of them answer")]
    pub(in super::super) fn finds(&self, viewer: Who, sought: Sought) -> Shown {
        let found = self.messages.iter().filter(|(_, message)| {
            let room = self.room(message.room).filter(|room| room.kind != Kind::Secret);
            let sees = room.is_some() && self.sees(viewer, message.room, message.tick);
            sees && !self.is_gone(message) && self.is_sought(message, sought)
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(|(_, message)| Reverse(message.tick));
        let hit = |(number, message): (&Number, &Message)| {
            let text = &message.says().text;
            let mut places: Vec<_> = sought.words.iter().flat_map(|word| text.match_indices(*word)).collect();
            places.sort_unstable();
            let highlight = |(place, word): (usize, &str)| json!({"offset": place, "length": word.len()});
            let highlights: Vec<_> = places.into_iter().map(highlight).collect();
            json!({"message": self.as_message(viewer, *number), "highlights": highlights})
        };
        Ok(found.into_iter().map(hit).collect())
    }

    /// Whether it is what is searched for. Who is erased has no name any more.
    fn is_sought(&self, message: &Message, sought: Sought) -> bool {
        let sent_by = |who: Who| message.sender == who && self.name(who).is_some();
        sought.words.iter().all(|word| message.says().text.contains(*word))
            && sought.from.is_none_or(sent_by)
            && sought.within.is_none_or(|room| message.room == room)
            && sought.before.is_none_or(|minute| message.wordings[0].at < minute)
    }

    /// As somebody sees it.
    pub(super) fn as_message(&self, viewer: Who, number: Number) -> Value {
        let message = &self.messages[&number];
        let (gone, says, first) = (self.is_gone(message), message.says(), &message.wordings[0]);
        let edited = message.wordings.len() > 1;
        let mine = |people: &[Who]| people.contains(&viewer);
        let mut reactions: Vec<_> = message.reactions.iter().filter(|_| !gone).collect();
        reactions.sort_by_key(|(emoji, people)| (Reverse(people.len()), emoji));
        let reaction =
            |(emoji, people): &(String, Vec<Who>)| json!({"emoji": emoji, "count": people.len(), "mine": mine(people)});
        json!({
            "id": message_name(number),
            "room_id": room_name(message.room),
            "sender_id": who(message.sender),
            "type": "message",
            "status": if gone { "deleted" } else if edited { "edited" } else { "sent" },
            "data": if gone { json!({}) } else { says_data(message) },
            "reactions": reactions.into_iter().map(reaction).collect::<Vec<_>>(),
            "seen_count": seen(&self.rooms[&message.room], message.sender, message.tick),
            "pinned": message.pinned && !gone,
            "sent_at": minute(first.at),
            "edited_at": edited.then(|| minute(says.at)),
            "position": message.tick,
            "version": message.version,
        })
    }
}

fn says_data(message: &Message) -> Value {
    let says = message.says();
    let named = says.mentions.iter().map(|(mentioned, offset, length)| {
        json!({"type": "mention", "offset": offset, "length": length, "user_id": who(*mentioned)})
    });
    let all = says.all.iter().map(|offset| json!({"type": "mention_all", "offset": offset, "length": 4}));
    let entities: Vec<_> = named.chain(all).collect();
    let mut data = json!({"text": says.text});
    if !entities.is_empty() {
        data["entities"] = json!(entities);
    }
    if let Some(reply_to) = message.reply_to {
        data["reply_to"] = message_name(reply_to);
    }
    if let Some((from, room, sender)) = message.forwarded {
        data["forwarded_from"] =
            json!({"message_id": message_name(from), "room_id": room_name(room), "sender_id": who(sender)});
    }
    data
}

/// How many others have read up to a place.
fn seen(room: &Room, sender: Who, tick: i64) -> usize {
    room.read.iter().filter(|(reader, read)| **read >= tick && **reader != sender).count()
}

fn as_notice(id: Number, room: &Room, notice: &Notice) -> Value {
    json!({
        "id": "?",
        "room_id": room_name(id),
        "sender_id": who(notice.by),
        "type": notice.kind,
        "status": "sent",
        "data": {"event": notice.event},
        "reactions": [],
        "seen_count": seen(room, notice.by, notice.tick),
        "pinned": false,
        "sent_at": minute(notice.at),
        "edited_at": null,
        "position": notice.tick,
        "version": 1,
    })
}
