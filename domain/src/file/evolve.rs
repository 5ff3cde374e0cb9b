//! What each event makes of a file.

use super::{Blob, File, FileEvent, Grantee, Way};
use crate::id::{MessageId, RoomId, UserId};
use crate::sealed::Sealed;

impl File {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &FileEvent) {
        self.events += 1;
        match event {
            FileEvent::FileUploaded { owner_id, filename_visible, blob, room_id, secret: _, imported: _ } => {
                self.made(*owner_id, *owner_id, filename_visible, Some(blob));
                self.room_id = *room_id;
            }
            FileEvent::FileDescribed { owner_id, filename_visible, told: _, imported: _ } => {
                self.made(*owner_id, *owner_id, filename_visible, None);
            }
            FileEvent::FileCompleted { owner_id: _, blob } => self.blob = Some(blob.clone()),
            FileEvent::FileForwarded { owner_id, author_id, filename_visible, blob, room_id, message_id, .. } => {
                self.made(*owner_id, *author_id, filename_visible, Some(blob));
                self.came(*room_id, Some(*message_id));
            }
            FileEvent::FileGranted { to: Grantee::User(user), .. } => {
                self.users.insert(*user);
            }
            FileEvent::FileGranted { to: Grantee::Room(room), message_id } => self.came(*room, *message_id),
            FileEvent::FileRevoked { from: Grantee::User(user), .. } => {
                self.users.remove(user);
            }
            FileEvent::FileRevoked { from: Grantee::Room(room), message_id: None } => {
                self.rooms.remove(room);
            }
            FileEvent::FileRevoked { from: Grantee::Room(room), message_id } => {
                let ways = self.rooms.entry(*room).or_default();
                ways.retain(|way| way.message_id != *message_id);
                if ways.is_empty() {
                    self.rooms.remove(room);
                }
            }
            FileEvent::FileDeleted { .. } => {
                self.deleted = true;
                self.filename = None;
                self.users.clear();
                self.rooms.clear();
            }
        }
    }

    fn made(&mut self, owner: UserId, author: UserId, name: &Sealed<String>, blob: Option<&Blob>) {
        self.exists = true;
        (self.owner_id, self.author_id) = (Some(owner), Some(author));
        self.filename = name.get().filter(|_| !self.deleted).cloned();
        self.key = Some(name.key().clone());
        self.blob = blob.cloned();
    }

    fn came(&mut self, room: RoomId, message_id: Option<MessageId>) {
        self.came_into.insert(room);
        self.rooms.entry(room).or_default().push(Way { message_id, since: self.events });
    }
}
