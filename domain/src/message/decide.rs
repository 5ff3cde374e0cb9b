//! What a message answers.

use time::OffsetDateTime;

use super::{Content, Message, MessageCommand, MessageEvent, ReplyTo};
use crate::id::{MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};
use crate::text;

impl Message {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: MessageCommand) -> Result<Vec<MessageEvent>, Refusal> {
        match command {
            MessageCommand::Send { room, by, text, reply_to, at } => self.send(room, &by, text, reply_to, at),
            MessageCommand::Edit { room, by, text } => self.edit(room, &by, text),
            MessageCommand::Delete { room, by } => self.delete(room, &by),
            MessageCommand::Import { room, sender, text, reply_to, at, imported } => {
                self.import(room, sender, text, reply_to, at, imported)
            }
            MessageCommand::ImportEdit { room, text, imported } => self.import_edit(room, text, imported),
        }
    }

    fn send(
        &self,
        room: RoomId,
        by: &Standing,
        text: String,
        reply_to: Option<ReplyTo>,
        at: OffsetDateTime,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        by.open()?;
        if self.exists {
            return Err(Refusal::IdTaken);
        }
        by.require(Permission::SendMessages)?;
        text::message(&text)?;
        if reply_to.is_some_and(|reply| reply.room != Some(room)) {
            return Err(Refusal::invalid("/reply_to", "no message of this room"));
        }
        Ok(vec![MessageEvent::MessageSent {
            room_id: room,
            sender_id: by.user,
            content: Sealed::new(KeyName::content(by.user, room, Month::of(at)), Content { text }),
            reply_to: reply_to.map(|reply| reply.id),
            imported: None,
        }])
    }

    fn edit(&self, room: RoomId, by: &Standing, text: String) -> Result<Vec<MessageEvent>, Refusal> {
        by.member()?;
        self.is_in(room)?;
        by.open()?;
        let key = self.readable()?;
        if self.sender_id != Some(by.user) {
            return Err(Refusal::NotTheAuthor);
        }
        by.require(Permission::SendMessages)?;
        text::message(&text)?;
        Ok(self.reworded(room, text, key))
    }

    fn delete(&self, room: RoomId, by: &Standing) -> Result<Vec<MessageEvent>, Refusal> {
        by.member()?;
        self.is_in(room)?;
        by.open()?;
        if self.sender_id != Some(by.user) {
            by.require(Permission::DeleteMessages)?;
        }
        if self.deleted {
            return Ok(vec![]);
        }
        Ok(vec![MessageEvent::MessageDeleted { room_id: room, by: by.user }])
    }

    fn import(
        &self,
        room: RoomId,
        sender: UserId,
        text: String,
        reply_to: Option<MessageId>,
        at: OffsetDateTime,
        imported: Origin,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        if self.exists {
            let same = self.room_id == Some(room) && self.sender_id == Some(sender);
            return if same { Ok(vec![]) } else { Err(Refusal::IdTaken) };
        }
        text::imported_message(&text)?;
        let key = KeyName::content(sender, room, Month::of(at));
        let imported = Some(imported.seal(&key)?);
        let content = Sealed::new(key, Content { text });
        Ok(vec![MessageEvent::MessageSent { room_id: room, sender_id: sender, content, reply_to, imported }])
    }

    fn import_edit(&self, room: RoomId, text: String, imported: Origin) -> Result<Vec<MessageEvent>, Refusal> {
        self.is_in(room)?;
        let key = self.readable()?;
        if self.edited {
            return Ok(vec![]);
        }
        text::imported_message(&text)?;
        let imported = Some(imported.seal(key)?);
        // Even if it says so already: of an edited message sources often tell the last wording alone.
        Ok(vec![MessageEvent::MessageEdited {
            room_id: room,
            content: Sealed::new(key.clone(), Content { text }),
            imported,
        }])
    }

    /// One event, unless it says so already. Sealed as its first wording is: they end together.
    fn reworded(&self, room: RoomId, text: String, key: &KeyName) -> Vec<MessageEvent> {
        if self.text.as_ref() == Some(&text) {
            return vec![];
        }
        vec![MessageEvent::MessageEdited {
            room_id: room,
            content: Sealed::new(key.clone(), Content { text }),
            imported: None,
        }]
    }

    /// Refuses what was never sent, and what is elsewhere.
    fn is_in(&self, room: RoomId) -> Result<(), Refusal> {
        if self.room_id == Some(room) { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// The key of its content; refuses what is deleted or erased.
    fn readable(&self) -> Result<&KeyName, Refusal> {
        match (&self.text, &self.key) {
            (Some(_), Some(key)) => Ok(key),
            (None, _) | (_, None) => Err(Refusal::MessageDeleted),
        }
    }
}
