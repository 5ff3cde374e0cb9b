//! How a file comes to be.

use super::super::{Blob, File, FileEvent, Secret, name};
use crate::id::{FileId, RoomId, UserId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::RoomType;
use crate::sealed::{KeyName, Sealed};

impl File {
    pub(super) fn upload(
        &self,
        id: FileId,
        owner: UserId,
        filename: &str,
        blob: Blob,
        secret: Option<(RoomId, Standing, Secret)>,
    ) -> Result<Vec<FileEvent>, Refusal> {
        if self.exists {
            return Err(Refusal::IdTaken);
        }
        let key = match &secret {
            Some((room, by, _)) => {
                Self::for_a_secret_room(by)?;
                KeyName::file(owner, *room, id)
            }
            None => KeyName::filename(owner, id),
        };
        Ok(vec![FileEvent::FileUploaded {
            owner_id: owner,
            filename_visible: Sealed::new(key.clone(), name::clean(filename)),
            blob,
            room_id: secret.as_ref().map(|(room, _, _)| *room),
            secret: secret.map(|(_, _, secret)| Sealed::new(key, secret)),
            imported: None,
        }])
    }

    /// Refuses who may not upload a file for a room, or a room that is not secret: elsewhere files are sent.
    pub fn for_a_secret_room(by: &Standing) -> Result<(), Refusal> {
        by.open()?;
        if by.room_type != RoomType::Secret {
            return Err(Refusal::invalid("/room", "is not a secret room: a file is sent to it after the upload"));
        }
        by.require(Permission::SendFiles)
    }
}
