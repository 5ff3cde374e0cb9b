//! What a membership answers.

use super::{Membership, MembershipCommand, MembershipEvent};
use crate::id::{RoomId, UserId};
use crate::imported::{Imported, Origin};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::{RoomType, Visibility};
use crate::sealed::KeyName;

impl Membership {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: MembershipCommand) -> Result<Vec<MembershipEvent>, Refusal> {
        match command {
            MembershipCommand::Found { room, user } => Ok(self.join(room, user)),
            MembershipCommand::Add { room, user, by } => self.add(room, user, &by),
            MembershipCommand::Join { room, by } => {
                may_join(&by)?;
                Ok(self.join(room, by.user))
            }
            MembershipCommand::Leave { room, by } => {
                by.member()?;
                not_of_two(&by)?;
                Ok(vec![MembershipEvent::MembershipLeft { room_id: room, user_id: by.user, imported: None }])
            }
            MembershipCommand::Remove { room, by, target } => self.remove(room, &by, &target),
            MembershipCommand::ImportJoin { .. } if self.present => Ok(vec![]),
            MembershipCommand::ImportJoin { room, user, imported } => {
                let imported = Some(seal(imported, user)?);
                Ok(vec![MembershipEvent::MembershipJoined { room_id: room, user_id: user, imported }])
            }
            MembershipCommand::ImportLeave { .. } if !self.present => Ok(vec![]),
            MembershipCommand::ImportLeave { room, user, imported } => {
                let imported = Some(seal(imported, user)?);
                Ok(vec![MembershipEvent::MembershipLeft { room_id: room, user_id: user, imported }])
            }
        }
    }

    fn join(&self, room: RoomId, user: UserId) -> Vec<MembershipEvent> {
        if self.present {
            return vec![];
        }
        vec![MembershipEvent::MembershipJoined { room_id: room, user_id: user, imported: None }]
    }

    fn add(&self, room: RoomId, user: UserId, by: &Standing) -> Result<Vec<MembershipEvent>, Refusal> {
        by.member()?;
        not_of_two(by)?;
        by.open()?;
        by.require(Permission::InviteMembers)?;
        if self.present {
            return Ok(vec![]);
        }
        Ok(vec![MembershipEvent::MembershipAdded { room_id: room, user_id: user, by: by.user }])
    }

    fn remove(&self, room: RoomId, by: &Standing, target: &Standing) -> Result<Vec<MembershipEvent>, Refusal> {
        by.member()?;
        not_of_two(by)?;
        by.require(Permission::RemoveMembers)?;
        if !self.present {
            return Err(Refusal::NotFound);
        }
        by.outrank(target.rank)?;
        Ok(vec![MembershipEvent::MembershipRemoved { room_id: room, user_id: target.user, by: by.user }])
    }
}

/// Refuses all but public rooms, as if they were not there, and archived ones; who is a member already may.
fn may_join(by: &Standing) -> Result<(), Refusal> {
    match (by.present, by.visibility) {
        (false, Visibility::Private) => Err(Refusal::NotFound),
        (false, Visibility::Public) if by.archived => Err(Refusal::Archived),
        (true, _) | (false, Visibility::Public) => Ok(()),
    }
}

fn not_of_two(by: &Standing) -> Result<(), Refusal> {
    match by.room_type {
        RoomType::Group => Ok(()),
        RoomType::Dialog | RoomType::Secret => Err(Refusal::MembersFixed),
    }
}

/// What an import tells of a membership is personal.
fn seal(origin: Origin, user: UserId) -> Result<Imported, Refusal> {
    origin.seal(&KeyName::user(user))
}
