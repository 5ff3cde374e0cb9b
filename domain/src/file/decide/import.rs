//! What an import tells of a file.

use super::super::{Blob, File, FileEvent, Grantee, Told, media_type, name};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

impl File {
    pub(super) fn import(
        &self,
        id: FileId,
        owner_id: UserId,
        filename: &str,
        told: &Told,
        blob: Option<Blob>,
        imported: Origin,
    ) -> Result<Vec<FileEvent>, Refusal> {
        if self.exists {
            let missing = self.is_there() && self.blob.is_none();
            let completed = self.owner_id.zip(blob).filter(|_| missing);
            let completed = completed.map(|(owner_id, blob)| FileEvent::FileCompleted { owner_id, blob });
            return Ok(completed.into_iter().collect());
        }
        let key = KeyName::filename(owner_id, id);
        let imported = imported.seal(&key)?;
        let filename_visible = Sealed::new(key, name::clean(filename));
        let Some(blob) = blob else {
            let told = Told { size: told.size, media_type: media_type::clean(&told.media_type) };
            return Ok(vec![FileEvent::FileDescribed { owner_id, filename_visible, told, imported }]);
        };
        Ok(vec![FileEvent::FileUploaded {
            owner_id,
            filename_visible,
            blob,
            room_id: None,
            secret: None,
            imported: Some(imported),
        }])
    }

    pub(super) fn import_send(&self, room: RoomId, message: MessageId) -> Vec<FileEvent> {
        let came = self.rooms.get(&room).is_some_and(|ways| ways.iter().any(|way| way.message_id == Some(message)));
        if came || !self.is_there() || self.room_id.is_some() || self.has_place().is_err() {
            return vec![];
        }
        vec![FileEvent::FileGranted { to: Grantee::Room(room), message_id: Some(message) }]
    }
}
