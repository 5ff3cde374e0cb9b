//! Forwarding what a message says.

use time::OffsetDateTime;

use super::super::{Content, Message, MessageEvent, Names, Source};
use crate::id::{FileId, MessageId, RoomId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::RoomType;
use crate::sealed::Sealed;

impl Message {
    /// What is forwarded mentions nobody: those who were mentioned were so where it was said.
    pub(super) fn forward(
        &self,
        id: MessageId,
        room: RoomId,
        by: &Standing,
        source: Source,
        files: Vec<FileId>,
        at: OffsetDateTime,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        source.by.member()?;
        let from = source.from.filter(|_| source.there).ok_or(Refusal::NotFound)?;
        by.open()?;
        if self.exists {
            return Err(Refusal::IdTaken);
        }
        let text = source.text.ok_or(Refusal::MessageDeleted)?;
        if source.by.room_type == RoomType::Secret {
            return Err(Refusal::StaysSecret);
        }
        by.require(Permission::SendMessages)?;
        super::may_have(&files, by)?;
        if by.room_type == RoomType::Secret && !files.is_empty() {
            return Err(Refusal::invalid("/to_room_id", "files come into a secret room by an upload for it alone"));
        }
        if text.is_empty() && files.is_empty() {
            return Err(Refusal::invalid("", "there is nothing left of it: its files are gone"));
        }
        let key = super::key(from.sender_id, room, by.room_type, id, at);
        Ok(vec![MessageEvent::MessageSent {
            room_id: room,
            sender_id: by.user,
            content: Sealed::new(key, Content::of(text, &Names::new(), false)),
            mentions: vec![],
            mentions_all: false,
            reply_to: None,
            forwarded_from: Some(from),
            file_ids: files,
            imported: None,
        }])
    }
}
