//! What a file answers.

mod forward;
mod grant;
mod import;
mod upload;

use super::{Asker, File, FileCommand, FileEvent, Grantee};
use crate::erasure::Erasure;
use crate::id::{MessageId, RoomId, UserId};
use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::RoomType;
use crate::sealed::KeyName;

impl File {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: FileCommand) -> Result<Vec<FileEvent>, Refusal> {
        match command {
            FileCommand::Upload { id, owner, filename, blob, secret } => {
                self.upload(id, owner, &filename, blob, secret)
            }
            FileCommand::Import { id, owner, filename, told, blob, imported } => {
                self.import(id, owner, &filename, &told, blob, imported)
            }
            FileCommand::ImportSend { room, message } => Ok(self.import_send(room, message)),
            FileCommand::Forward { id, by, source, room, message } => self.forward(id, by, source, room, message),
            FileCommand::Send { by, room, message, ordinal } => self.send(&by, room, message, ordinal),
            FileCommand::Grant { by, to } => self.grant(by, to),
            FileCommand::Revoke { by, from } => self.revoke(by, from),
            FileCommand::Withdraw { by, room, message } => Ok(self.withdraw(by, room, message)),
            FileCommand::Expire { room, message, kept } => Ok(self.expire(room, message, kept)),
            FileCommand::Delete { by } => {
                self.owned(by)?;
                Ok(self.delete(by.user))
            }
        }
    }

    /// Refuses who may not know that it is there, then who does not own it.
    fn owned(&self, by: Asker) -> Result<(), Refusal> {
        match () {
            () if !self.is_there() => Err(Refusal::NotFound),
            () if self.owner_id == Some(by.user) => Ok(()),
            () if by.sees => Err(Refusal::NotTheOwnerOfTheFile),
            () => Err(Refusal::NotFound),
        }
    }

    fn send(&self, by: &Standing, room: RoomId, message: MessageId, ordinal: usize) -> Result<Vec<FileEvent>, Refusal> {
        let refuse = |detail: &str| Err(Refusal::invalid(format!("/file_ids/{ordinal}"), detail));
        if !self.is_there() || self.owner_id != Some(by.user) {
            return refuse("you have no such file");
        }
        if self.room_id.is_some_and(|of| of != room) {
            return refuse("stays in the secret room that it was uploaded for");
        }
        if by.room_type == RoomType::Secret && self.room_id.is_none() {
            return refuse("was not uploaded for this secret room");
        }
        self.has_place()?;
        Ok(vec![FileEvent::FileGranted { to: Grantee::Room(room), message_id: Some(message) }])
    }

    fn withdraw(&self, by: UserId, room: RoomId, message: MessageId) -> Vec<FileEvent> {
        let came = self.rooms.get(&room).is_some_and(|ways| ways.iter().any(|way| way.message_id == Some(message)));
        match () {
            () if !came || self.deleted => vec![],
            () if self.room_id.is_some() => self.delete(by),
            () => vec![FileEvent::FileRevoked { from: Grantee::Room(room), message_id: Some(message) }],
        }
    }

    /// Told as its owner's doing.
    fn expire(&self, room: RoomId, message: MessageId, kept: bool) -> Vec<FileEvent> {
        let Some(owner) = self.owner_id else { return vec![] };
        let mut events = self.withdraw(owner, room, message);
        let revoked = matches!(events.as_slice(), [FileEvent::FileRevoked { .. }]);
        let alone = self.users.is_empty() && self.rooms.iter().all(|(of, ways)| *of == room && ways.len() == 1);
        if revoked && alone && !kept {
            events.extend(self.end(owner, self.erasure_of_its_name()));
        }
        events
    }

    fn delete(&self, by: UserId) -> Vec<FileEvent> {
        self.end(by, self.erasure())
    }

    fn end(&self, by: UserId, erasure: Option<Erasure>) -> Vec<FileEvent> {
        let Some(owner_id) = self.owner_id else { return vec![] };
        let filename_internal = self.blob.as_ref().map(|blob| blob.filename_internal.clone());
        vec![FileEvent::FileDeleted { by, owner_id, filename_internal, erasure }]
    }

    /// What its end destroys where no room keeps it any longer: its name, unless that goes with a person alone, as all
    /// did once.
    fn erasure_of_its_name(&self) -> Option<Erasure> {
        self.key.clone().filter(|key| key.filename_of().is_some()).map(Erasure::of)
    }

    /// What deleting it destroys: a secret room's file has a key of its own.
    pub fn erasure(&self) -> Option<Erasure> {
        self.key.clone().filter(KeyName::is_of_a_message).map(Erasure::of)
    }
}
