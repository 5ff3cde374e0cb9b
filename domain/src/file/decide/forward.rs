//! A file that goes with a message that is forwarded.

use super::super::{File, FileEvent, Source};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

impl File {
    /// A record of its own, which the other's deletion leaves alone; it ends with the account of who uploaded the bytes.
    /// What is gone is not forwarded, and nothing of it is left.
    pub(super) fn forward(
        &self,
        id: FileId,
        by: UserId,
        source: Source,
        room: RoomId,
        message: MessageId,
    ) -> Result<Vec<FileEvent>, Refusal> {
        if self.exists {
            return Err(Refusal::IdTaken);
        }
        if source.file.room_id.is_some() {
            return Err(Refusal::StaysSecret);
        }
        let is_there = source.file.is_there();
        let (Some(author_id), Some(filename), Some(blob)) =
            (source.file.author_id, source.file.filename.filter(|_| is_there), source.file.blob)
        else {
            return Ok(vec![]);
        };
        Ok(vec![FileEvent::FileForwarded {
            owner_id: by,
            author_id,
            forwarded_from: source.id,
            filename_visible: Sealed::new(KeyName::filename(author_id, id), filename),
            blob,
            room_id: room,
            message_id: message,
        }])
    }
}
