//! What each event makes of a message.

use super::{Message, MessageEvent};

impl Message {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &MessageEvent) {
        match event {
            MessageEvent::MessageSent { room_id, sender_id, content, reply_to: _, imported: _ } => {
                self.exists = true;
                self.room_id = Some(*room_id);
                self.sender_id = Some(*sender_id);
                self.text = content.get().map(|content| content.text.clone());
                self.key = Some(content.key().clone());
            }
            MessageEvent::MessageEdited { .. } if self.deleted => {}
            MessageEvent::MessageEdited { content, room_id: _, imported: _ } => {
                self.text = content.get().map(|content| content.text.clone());
            }
            MessageEvent::MessageDeleted { .. } => {
                self.deleted = true;
                self.text = None;
            }
        }
    }
}
