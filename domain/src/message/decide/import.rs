//! What an import tells of a message.

use time::OffsetDateTime;

use super::super::{Content, Message, MessageEvent, Names, entity};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};
use crate::text;

/// What a message says in the source.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) names: Names,
    pub(super) files: Vec<FileId>,
}

impl Said {
    /// What it says, and the files that went with it.
    fn content(self) -> Result<(Content, Vec<FileId>), Refusal> {
        text::imported_message(&self.text)?;
        Ok((Content::of(self.text, &self.names, false), self.files))
    }
}

impl Message {
    pub(super) fn import(
        &self,
        room: RoomId,
        sender: UserId,
        said: Said,
        reply_to: Option<MessageId>,
        at: OffsetDateTime,
        imported: Origin,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        if self.exists {
            let same = self.room_id == Some(room) && self.sender_id == Some(sender);
            return if same { Ok(vec![]) } else { Err(Refusal::IdTaken) };
        }
        let (content, file_ids) = said.content()?;
        let key = KeyName::content(sender, room, Month::of(at));
        let imported = Some(imported.seal(&key)?);
        Ok(vec![MessageEvent::MessageSent {
            room_id: room,
            sender_id: sender,
            mentions: entity::mentioned(&content.entities),
            mentions_all: false,
            content: Sealed::new(key, content),
            reply_to,
            forwarded_from: None,
            file_ids,
            imported,
        }])
    }

    pub(super) fn import_edit(&self, room: RoomId, said: Said, imported: Origin) -> Result<Vec<MessageEvent>, Refusal> {
        self.is_in(room)?;
        let key = self.readable()?;
        if self.edits > 0 {
            return Ok(vec![]);
        }
        let (content, _) = said.content()?;
        let imported = Some(imported.seal(key)?);
        // Even if it says so already: of an edited message sources often tell the last wording alone.
        Ok(vec![MessageEvent::MessageEdited {
            room_id: room,
            mentions: entity::mentioned(&content.entities),
            mentions_all: false,
            content: Sealed::new(key.clone(), content),
            imported,
        }])
    }
}
