//! What each event makes of a room.

use super::{Room, RoomEvent, RoomType};
use crate::permission::Role;
use crate::sealed::Sealed;

/// What changes of a room are counted as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// What it is called, and for how long it keeps messages.
    Setting,
    /// Who may find it and do what in it.
    Rights,
}

impl RoomEvent {
    /// What it is counted as; none of what happens to a room once.
    pub(super) fn change(&self) -> Option<Change> {
        match self {
            Self::RoomRenamed { .. } | Self::RoomTopicChanged { .. } | Self::RoomRetentionChanged { .. } => {
                Some(Change::Setting)
            }
            Self::RoomVisibilityChanged { .. }
            | Self::RoomPermissionsChanged { .. }
            | Self::RoomArchived { .. }
            | Self::RoomUnarchived { .. }
            | Self::RoomRoleDefined { .. }
            | Self::RoomRoleChanged { .. }
            | Self::RoomRoleDeleted { .. }
            | Self::RoomOwnershipTransferred { .. } => Some(Change::Rights),
            Self::RoomCreated { .. } | Self::RoomClosed => None,
        }
    }
}

impl Room {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &RoomEvent) {
        match event.change() {
            Some(Change::Setting) => self.settings += 1,
            Some(Change::Rights) => self.rights += 1,
            None => {}
        }
        match event {
            RoomEvent::RoomCreated {
                room_type,
                visibility,
                name,
                topic,
                permissions,
                created_by,
                members,
                imported: _,
            } => {
                self.exists = true;
                self.room_type = *room_type;
                self.visibility = *visibility;
                self.name = name.as_ref().and_then(readable);
                self.topic = topic.as_ref().and_then(readable);
                self.permissions.clone_from(permissions);
                self.members.clone_from(members);
                self.owner = match room_type {
                    RoomType::Group => *created_by,
                    RoomType::Dialog | RoomType::Secret => None,
                };
            }
            RoomEvent::RoomRenamed { name, .. } => self.name = readable(name),
            RoomEvent::RoomTopicChanged { topic, .. } => self.topic = readable(topic),
            RoomEvent::RoomVisibilityChanged { visibility } => self.visibility = *visibility,
            RoomEvent::RoomPermissionsChanged { permissions } => self.permissions.clone_from(permissions),
            RoomEvent::RoomRetentionChanged { retain_for } => self.retain_for = *retain_for,
            RoomEvent::RoomArchived { by: _, imported } => {
                self.archived = true;
                self.filed_here += usize::from(imported.is_none());
            }
            RoomEvent::RoomUnarchived { by: _, imported } => {
                self.archived = false;
                self.filed_here += usize::from(imported.is_none());
            }
            RoomEvent::RoomRoleDefined { role_id, name, rank, allow, deny } => {
                let (name, allow, deny) = (name.get().cloned(), allow.clone(), deny.clone());
                self.roles.insert(*role_id, Role { name, rank: *rank, allow, deny, version: 1 });
            }
            RoomEvent::RoomRoleChanged { role_id, name, rank, allow, deny } => {
                let Some(role) = self.roles.get_mut(role_id) else { return };
                if let Some(name) = name {
                    role.name = name.get().cloned();
                }
                role.rank = *rank;
                role.allow.clone_from(allow);
                role.deny.clone_from(deny);
                role.version += 1;
            }
            RoomEvent::RoomRoleDeleted { role_id } => {
                self.roles.remove(role_id);
                self.former_roles.insert(*role_id);
            }
            RoomEvent::RoomOwnershipTransferred { from: _, to } => self.owner = Some(*to),
            RoomEvent::RoomClosed => self.closed = true,
        }
    }
}

/// What can be read and says something.
fn readable(text: &Sealed<String>) -> Option<String> {
    text.get().filter(|text| !text.is_empty()).cloned()
}
