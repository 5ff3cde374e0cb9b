//! What a message answers.

mod forward;
mod import;
mod pin;

use time::OffsetDateTime;

use super::{Content, EDITED_MAX, EDITS_MAX, Message, MessageCommand, MessageEvent, Names, ReplyTo, entity};
use crate::file::FILES_MAX;
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::RoomType;
use crate::sealed::{KeyName, Month, Sealed};
use crate::text;
use import::Said;

impl Message {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: MessageCommand) -> Result<Vec<MessageEvent>, Refusal> {
        match command {
            MessageCommand::Send { id, room, by, text, files, names, reply_to, at } => {
                let key = key(by.user, room, by.room_type, id, at);
                self.send(room, &by, Words { text, names }, files, reply_to, key)
            }
            MessageCommand::Forward { id, room, by, source, files, at } => {
                self.forward(id, room, &by, source, files, at)
            }
            MessageCommand::Edit { room, by, text, names } => self.edit(room, &by, text, &names),
            MessageCommand::Delete { room, by, reactions } => self.delete(room, &by, reactions),
            MessageCommand::Expire { room, reactions } => self.expire(room, reactions),
            MessageCommand::Pin { room, by } => self.pin(room, &by),
            MessageCommand::Unpin { room, by } => self.unpin(room, &by),
            MessageCommand::Import { room, sender, text, names, reply_to, files, at, imported } => {
                self.import(room, sender, Said { text, names, files }, reply_to, at, imported)
            }
            MessageCommand::ImportEdit { room, text, names, imported } => {
                self.import_edit(room, Said { text, names, files: vec![] }, imported)
            }
            MessageCommand::ImportPin { room, user, imported } => self.import_pin(room, user, imported),
        }
    }

    fn send(
        &self,
        room: RoomId,
        by: &Standing,
        Words { text, names }: Words,
        files: Vec<FileId>,
        reply_to: Option<ReplyTo>,
        key: KeyName,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        by.open()?;
        if self.exists {
            return Err(Refusal::IdTaken);
        }
        by.require(Permission::SendMessages)?;
        may_have(&files, by)?;
        text::message(&text, !files.is_empty())?;
        if reply_to.is_some_and(|reply| reply.room != Some(room)) {
            return Err(Refusal::invalid("/reply_to", "no message of this room"));
        }
        let content = Content::of(text, &names, by.effective.contains(&Permission::MentionAll));
        Ok(vec![MessageEvent::MessageSent {
            room_id: room,
            sender_id: by.user,
            mentions: entity::mentioned(&content.entities),
            mentions_all: entity::mentions_all(&content.entities),
            content: Sealed::new(key, content),
            reply_to: reply_to.map(|reply| reply.id),
            forwarded_from: None,
            file_ids: files,
            imported: None,
        }])
    }

    fn edit(&self, room: RoomId, by: &Standing, text: String, names: &Names) -> Result<Vec<MessageEvent>, Refusal> {
        by.member()?;
        self.is_in(room)?;
        by.open()?;
        let key = self.readable()?;
        if self.sender_id != Some(by.user) {
            return Err(Refusal::NotTheAuthor);
        }
        if self.forwarded_from.is_some() {
            return Err(Refusal::Forwarded);
        }
        by.require(Permission::SendMessages)?;
        text::message(&text, !self.files.is_empty())?;
        if self.text.as_ref() == Some(&text) {
            return Ok(vec![]);
        }
        self.may_change()?;
        let content = Content::of(text, names, by.effective.contains(&Permission::MentionAll));
        Ok(vec![MessageEvent::MessageEdited {
            room_id: room,
            mentions: entity::mentioned(&content.entities),
            mentions_all: entity::mentions_all(&content.entities),
            // As its first wording is sealed: they end together.
            content: Sealed::new(key.clone(), content),
            imported: None,
        }])
    }

    /// Refuses another wording where there are as many, or as long ones, as there may be.
    fn may_change(&self) -> Result<(), Refusal> {
        if self.edits >= EDITS_MAX {
            return Err(Refusal::LimitReached { what: "edits of this message", most: EDITS_MAX });
        }
        if self.edited >= EDITED_MAX {
            return Err(Refusal::LimitReached { what: "characters in edits of this message", most: EDITED_MAX });
        }
        Ok(())
    }

    fn delete(&self, room: RoomId, by: &Standing, reactions: Vec<KeyName>) -> Result<Vec<MessageEvent>, Refusal> {
        by.member()?;
        self.is_in(room)?;
        by.unarchived()?;
        if self.sender_id != Some(by.user) {
            by.require(Permission::DeleteMessages)?;
        }
        if self.deleted {
            return Ok(vec![]);
        }
        let erasure = self.erasure().map(|erasure| erasure.with(reactions));
        Ok(vec![MessageEvent::MessageDeleted { room_id: room, by: by.user, erasure }])
    }

    /// Told as its sender's doing.
    fn expire(&self, room: RoomId, reactions: Vec<KeyName>) -> Result<Vec<MessageEvent>, Refusal> {
        self.is_in(room)?;
        match (self.sender_id, self.erasure()) {
            (Some(by), Some(erasure)) if !self.deleted => {
                let erasure = Some(erasure.with(reactions));
                Ok(vec![MessageEvent::MessageDeleted { room_id: room, by, erasure }])
            }
            _ => Ok(vec![]),
        }
    }

    /// Refuses what was never sent, and what is elsewhere.
    pub(crate) fn is_in(&self, room: RoomId) -> Result<(), Refusal> {
        if self.room_id == Some(room) { Ok(()) } else { Err(Refusal::NotFound) }
    }

    /// The key of its content; refuses what is deleted or erased.
    pub(crate) fn readable(&self) -> Result<&KeyName, Refusal> {
        match (&self.text, &self.key) {
            (Some(_), Some(key)) => Ok(key),
            (None, _) | (_, None) => Err(Refusal::MessageDeleted),
        }
    }
}

/// What is said, and whom it may mention.
struct Words {
    text: String,
    names: Names,
}

/// Refuses files from who may not send them, too many, and one that is there twice.
fn may_have(files: &[FileId], by: &Standing) -> Result<(), Refusal> {
    if files.is_empty() {
        return Ok(());
    }
    by.require(Permission::SendFiles)?;
    if files.len() > FILES_MAX {
        let detail = format!("{} files where at most {FILES_MAX} go with a message", files.len());
        return Err(Refusal::invalid("/file_ids", detail));
    }
    let twice = (1..files.len()).find(|place| files[..*place].contains(&files[*place]));
    twice.map_or(Ok(()), |place| Err(Refusal::invalid(format!("/file_ids/{place}"), "is there twice")))
}

/// What the words of `author` are sealed with that come into a room: in a secret one with the key of the message.
fn key(author: UserId, room: RoomId, room_type: RoomType, id: MessageId, at: OffsetDateTime) -> KeyName {
    match room_type {
        RoomType::Secret => KeyName::message(author, room, id),
        RoomType::Dialog | RoomType::Group => KeyName::content(author, room, Month::of(at)),
    }
}
