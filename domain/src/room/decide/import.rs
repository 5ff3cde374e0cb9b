//! What an import tells of a room.

use super::fits;
use crate::id::{RoomId, UserId};
use crate::imported::Origin;
use crate::refusal::Refusal;
use crate::room::{ImportedChange, Room, RoomEvent};
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Room {
    /// Nobody asks here: who did it there need not be a member.
    pub(super) fn import(
        &self,
        room: RoomId,
        change: ImportedChange,
        by: Option<UserId>,
        imported: Origin,
    ) -> Result<Vec<RoomEvent>, Refusal> {
        self.known_to(None)?;
        let key = KeyName::room(room);
        let imported = Some(imported.seal(&key)?);
        let event = match change {
            ImportedChange::Renamed(name) => {
                self.takes_changes()?;
                fits(self.room_type, Some(&name), None, None)?;
                let name = Some(text::room_name(&name)?).filter(|name| self.name.as_ref() != Some(name));
                name.map(|name| RoomEvent::RoomRenamed { name: Sealed::new(key, name), by, imported })
            }
            ImportedChange::TopicChanged(topic) => {
                self.takes_changes()?;
                fits(self.room_type, None, Some(&topic), None)?;
                let topic = text::topic(&topic)?;
                let is_new = self.topic.as_deref().unwrap_or_default() != topic;
                is_new.then(|| RoomEvent::RoomTopicChanged { topic: Sealed::new(key, topic), by, imported })
            }
            // What people did since stands.
            ImportedChange::Archived | ImportedChange::Unarchived if self.filed_here > 0 => None,
            ImportedChange::Archived => (!self.archived).then_some(RoomEvent::RoomArchived { by, imported }),
            ImportedChange::Unarchived => self.archived.then_some(RoomEvent::RoomUnarchived { by, imported }),
        };
        Ok(event.into_iter().collect())
    }

    /// Refuses a room that people archived here: once they did so or took it out, no source does either. What a source
    /// archived it changes nonetheless: what holds there today comes last, and when it was taken out may be lacking.
    fn takes_changes(&self) -> Result<(), Refusal> {
        if self.archived && self.filed_here > 0 { Err(Refusal::Archived) } else { Ok(()) }
    }
}
