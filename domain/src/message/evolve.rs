//! What each event makes of a message.

use super::{Content, Message, MessageEvent};
use crate::id::FileId;
use crate::sealed::{KeyName, Sealed};

impl Message {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &MessageEvent) {
        match event {
            MessageEvent::MessageSent { room_id, sender_id, content, forwarded_from, file_ids, .. } => {
                self.exists = true;
                self.room_id = Some(*room_id);
                self.sender_id = Some(*sender_id);
                self.forwarded_from = *forwarded_from;
                self.files.clone_from(file_ids);
                self.key = Some(content.key().clone());
                if content.key().is_of_a_message() {
                    let key = |file: &FileId| KeyName::file(*sender_id, *room_id, *file);
                    self.file_keys = file_ids.iter().map(key).collect();
                }
                self.says(content);
            }
            MessageEvent::MessageEdited { content, .. } => {
                self.edits += 1;
                self.edited += content.get().map_or(0, |content| content.text.chars().count());
                self.says(content);
            }
            MessageEvent::MessageDeleted { erasure, .. } => {
                self.deleted = true;
                self.destroyed.clone_from(erasure);
                self.text = None;
                self.files.clear();
                self.pinned = false;
            }
            // What is deleted is not pinned, whatever comes after.
            MessageEvent::MessagePinned { .. } => {
                self.pinned = !self.deleted;
                self.pins += 1;
            }
            MessageEvent::MessageUnpinned { .. } => {
                self.pinned = false;
                self.was_unpinned = true;
            }
        }
    }

    /// What is deleted says nothing, whatever comes after.
    fn says(&mut self, content: &Sealed<Content>) {
        self.text = content.get().filter(|_| !self.deleted).map(|content| content.text.clone());
    }
}
