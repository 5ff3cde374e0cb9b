//! What a room answers.

mod close;
mod import;
mod limit;
mod role;
mod transfer;

use std::collections::BTreeSet;

use super::{NewRoom, Room, RoomChanges, RoomCommand, RoomEvent, RoomType, Visibility};
use crate::id::{RoomId, UserId};
use crate::permission::{self, Permission, PermissionSet, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Room {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: RoomCommand) -> Result<Vec<RoomEvent>, Refusal> {
        match command {
            RoomCommand::Create(new) => self.create(new),
            RoomCommand::Update { room, by, changes } => {
                self.known_to(by.as_ref())?;
                if self.archived {
                    return Err(Refusal::Archived);
                }
                heard(by.as_ref())?;
                if !self.is_for_either(&changes) {
                    manages(by.as_ref())?;
                }
                self.within_limits(by.as_ref(), self.update(room, by.as_ref(), changes)?)
            }
            RoomCommand::Archive { by } => {
                self.known_to(by.as_ref())?;
                heard(by.as_ref())?;
                manages(by.as_ref())?;
                let events =
                    if self.archived { vec![] } else { vec![RoomEvent::RoomArchived { by: None, imported: None }] };
                self.within_limits(by.as_ref(), events)
            }
            RoomCommand::Unarchive { by } => {
                self.known_to(by.as_ref())?;
                heard(by.as_ref())?;
                manages(by.as_ref())?;
                Ok(if self.archived { vec![RoomEvent::RoomUnarchived { by: None, imported: None }] } else { vec![] })
            }
            RoomCommand::Import { room, change, by, imported } => self.import(room, change, by, imported),
            RoomCommand::DefineRole { room, by, role, new } => {
                self.within_limits(Some(&by), self.define_role(room, &by, role, new)?)
            }
            RoomCommand::ChangeRole { room, by, role, changes } => {
                self.within_limits(Some(&by), self.change_role(room, &by, role, changes)?)
            }
            RoomCommand::DeleteRole { by, role } => self.delete_role(&by, role),
            RoomCommand::TransferOwnership { by, to } => self.within_limits(Some(&by), self.transfer(&by, &to)?),
            RoomCommand::AppointOwner { to } => self.appoint(&to),
            RoomCommand::Close { by, is_admin } => self.close(&by, is_admin),
        }
    }

    fn create(&self, new: NewRoom) -> Result<Vec<RoomEvent>, Refusal> {
        // What it is by now is not for an import to say.
        if self.exists && new.imported.is_some() {
            return Ok(vec![]);
        }
        match new.room_type {
            RoomType::Dialog if self.closed => return Err(Refusal::NotFound),
            RoomType::Group | RoomType::Secret if self.exists => return Err(Refusal::IdTaken),
            RoomType::Group | RoomType::Dialog | RoomType::Secret => {}
        }
        fits(new.room_type, new.name.as_deref(), new.topic.as_deref(), Some(new.visibility))?;
        let members = members(&new)?;
        both_speak(new.room_type, new.permissions.as_ref())?;
        let permissions = new.permissions.unwrap_or_else(|| permission::defaults(new.room_type));
        let name = new.name.as_deref().map(text::room_name).transpose()?;
        let topic = new.topic.as_deref().map(text::topic).transpose()?.filter(|topic| !topic.is_empty());
        if self.exists {
            return Ok(vec![]);
        }
        let key = KeyName::room(new.room);
        Ok(vec![RoomEvent::RoomCreated {
            room_type: new.room_type,
            visibility: new.visibility,
            name: name.map(|name| Sealed::new(key.clone(), name)),
            topic: topic.map(|topic| Sealed::new(key.clone(), topic)),
            permissions,
            created_by: new.created_by,
            members,
            imported: new.imported.map(|origin| origin.seal(&key)).transpose()?,
        }])
    }

    /// One event for each thing that becomes different, in the order of the fields; all or none.
    fn update(&self, room: RoomId, by: Option<&Standing>, changes: RoomChanges) -> Result<Vec<RoomEvent>, Refusal> {
        let RoomChanges { name, topic, visibility, permissions, retain_for } = changes;
        if let (Some(by), Some(permissions)) = (by, &permissions) {
            by.change_defaults(&self.permissions, permissions)?;
        }
        fits(self.room_type, name.as_deref(), topic.as_deref(), visibility)?;
        both_speak(self.room_type, permissions.as_ref())?;
        let name = name.as_deref().map(text::room_name).transpose()?;
        let topic = topic.as_deref().map(text::topic).transpose()?;

        let key = KeyName::room(room);
        let mut events = vec![];
        if let Some(name) = name.filter(|name| self.name.as_ref() != Some(name)) {
            events.push(RoomEvent::RoomRenamed { name: Sealed::new(key.clone(), name), by: None, imported: None });
        }
        if let Some(topic) = topic.filter(|topic| self.topic.as_deref().unwrap_or_default() != topic) {
            events.push(RoomEvent::RoomTopicChanged { topic: Sealed::new(key, topic), by: None, imported: None });
        }
        if let Some(visibility) = visibility.filter(|visibility| self.visibility != *visibility) {
            events.push(RoomEvent::RoomVisibilityChanged { visibility });
        }
        if let Some(permissions) = permissions.filter(|permissions| self.permissions != *permissions) {
            events.push(RoomEvent::RoomPermissionsChanged { permissions });
        }
        if let Some(retain_for) = retain_for.filter(|retain_for| self.retain_for != *retain_for) {
            events.push(RoomEvent::RoomRetentionChanged { retain_for });
        }
        Ok(events)
    }

    /// Whether it is nothing but what either of two decides: for how long they keep what they said.
    fn is_for_either(&self, changes: &RoomChanges) -> bool {
        let alone = RoomChanges { retain_for: changes.retain_for, ..RoomChanges::default() };
        self.room_type != RoomType::Group && changes.retain_for.is_some() && *changes == alone
    }

    /// Refuses what is not there, and who is no member.
    fn known_to(&self, by: Option<&Standing>) -> Result<(), Refusal> {
        if self.is_there() { by.map_or(Ok(()), Standing::member) } else { Err(Refusal::NotFound) }
    }
}

/// Both members of a room of two.
fn members(new: &NewRoom) -> Result<BTreeSet<UserId>, Refusal> {
    match new.room_type {
        RoomType::Group => Ok(BTreeSet::new()),
        RoomType::Dialog | RoomType::Secret if new.members.len() == 2 => Ok(new.members.clone()),
        RoomType::Dialog | RoomType::Secret => Err(Refusal::invalid("/member_ids", "a room of two needs one other")),
    }
}

/// Refuses a room of two in which nobody may speak. Nobody gives what they lack, there is no owner who has all, and of a
/// dialog no other can be opened in its place: both would be silent for good.
fn both_speak(room_type: RoomType, permissions: Option<&PermissionSet>) -> Result<(), Refusal> {
    match room_type {
        RoomType::Dialog | RoomType::Secret
            if permissions.is_some_and(|permissions| !permissions.contains(&Permission::SendMessages)) =>
        {
            Err(Refusal::invalid("/permissions", "in a room of two both send messages"))
        }
        RoomType::Group | RoomType::Dialog | RoomType::Secret => Ok(()),
    }
}

/// Refuses whom the other of two has blocked: what is done to the room stands in it as a notice.
fn heard(by: Option<&Standing>) -> Result<(), Refusal> {
    by.map_or(Ok(()), Standing::unblocked)
}

fn manages(by: Option<&Standing>) -> Result<(), Refusal> {
    by.map_or(Ok(()), |by| by.require(Permission::ManageRoom))
}

/// Refuses what a room of two cannot have.
fn fits(
    room_type: RoomType,
    name: Option<&str>,
    topic: Option<&str>,
    visibility: Option<Visibility>,
) -> Result<(), Refusal> {
    let (pointer, detail) = match room_type {
        RoomType::Dialog | RoomType::Secret if name.is_some() => ("/name", "a room of two has no name"),
        RoomType::Dialog | RoomType::Secret if topic.is_some() => ("/topic", "a room of two has no topic"),
        RoomType::Dialog | RoomType::Secret if visibility == Some(Visibility::Public) => {
            ("/visibility", "a room of two is private")
        }
        RoomType::Group | RoomType::Dialog | RoomType::Secret => return Ok(()),
    };
    Err(Refusal::invalid(pointer, detail))
}
