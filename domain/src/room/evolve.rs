//! What each event makes of a room.

use super::{Room, RoomEvent, RoomType};
use crate::sealed::Sealed;

impl Room {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &RoomEvent) {
        match event {
            RoomEvent::RoomCreated { room_type, visibility, name, topic, permissions, created_by, imported: _ } => {
                self.exists = true;
                self.room_type = *room_type;
                self.visibility = *visibility;
                self.name = name.as_ref().and_then(readable);
                self.topic = topic.as_ref().and_then(readable);
                self.permissions.clone_from(permissions);
                self.owner = match room_type {
                    RoomType::Group => *created_by,
                    RoomType::Dialog | RoomType::Secret => None,
                };
            }
            RoomEvent::RoomRenamed { name } => self.name = readable(name),
            RoomEvent::RoomTopicChanged { topic } => self.topic = readable(topic),
            RoomEvent::RoomVisibilityChanged { visibility } => self.visibility = *visibility,
            RoomEvent::RoomPermissionsChanged { permissions } => self.permissions.clone_from(permissions),
            RoomEvent::RoomArchived => self.archived = true,
            RoomEvent::RoomUnarchived => self.archived = false,
        }
    }
}

/// What can be read and says something.
fn readable(text: &Sealed<String>) -> Option<String> {
    text.get().filter(|text| !text.is_empty()).cloned()
}
