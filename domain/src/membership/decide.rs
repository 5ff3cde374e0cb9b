//! What a membership answers.

mod assign;
mod ban;
mod limit;
mod update;

use time::OffsetDateTime;

use super::{Ban, Membership, MembershipCommand, MembershipEvent};
use crate::id::{RoomId, UserId};
use crate::imported::{Imported, Origin};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::Visibility;
use crate::sealed::KeyName;

impl Membership {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: MembershipCommand) -> Result<Vec<MembershipEvent>, Refusal> {
        match command {
            MembershipCommand::Found { room, user } => Ok(self.join(room, user, true)),
            MembershipCommand::FoundWith { room, user, maker } => Ok(self.come_with(room, user, maker)),
            MembershipCommand::Add { room, user, by, at } => self.add(room, user, &by, at),
            MembershipCommand::Join { room, by, at } => {
                may_join(&by)?;
                self.not_banned(at)?;
                self.within_limits(self.join(room, by.user, false))
            }
            MembershipCommand::Accept { room, by, inviter, at } => self.accept(room, &by, &inviter, at),
            MembershipCommand::AssignRoles { room, by, target, roles, defined } => {
                self.within_limits(self.assign_roles(room, &by, &target, &roles, &defined)?)
            }
            MembershipCommand::Leave { room, by } => {
                by.not_of_two()?;
                Ok(vec![MembershipEvent::MembershipLeft { room_id: room, user_id: by.user, imported: None }])
            }
            MembershipCommand::Remove { room, by, target } => self.remove(room, &by, &target),
            MembershipCommand::Ban { room, by, target, is_owner, reason, until, at } => {
                self.within_limits(self.ban(room, &by, &target, is_owner, &Ban { reason, until }, at)?)
            }
            MembershipCommand::Unban { room, by, user, at } => self.within_limits(self.unban(room, &by, user, at)?),
            MembershipCommand::Update { room, by, changes, at } => {
                self.within_limits(self.update(room, &by, changes, at)?)
            }
            // What people did since stands.
            MembershipCommand::ImportJoin { .. } if self.present || self.ban.is_some() => Ok(vec![]),
            MembershipCommand::ImportJoin { room, user, founding, imported } => {
                let imported = Some(seal(imported, user)?);
                Ok(vec![MembershipEvent::MembershipJoined { room_id: room, user_id: user, founding, imported }])
            }
            MembershipCommand::ImportLeave { .. } if !self.present => Ok(vec![]),
            MembershipCommand::ImportLeave { room, user, imported } => {
                let imported = Some(seal(imported, user)?);
                Ok(vec![MembershipEvent::MembershipLeft { room_id: room, user_id: user, imported }])
            }
        }
    }

    fn join(&self, room: RoomId, user: UserId, founding: bool) -> Vec<MembershipEvent> {
        if self.present {
            return vec![];
        }
        vec![MembershipEvent::MembershipJoined { room_id: room, user_id: user, founding, imported: None }]
    }

    fn come_with(&self, room: RoomId, user: UserId, maker: UserId) -> Vec<MembershipEvent> {
        if self.present {
            return vec![];
        }
        vec![MembershipEvent::MembershipAdded { room_id: room, user_id: user, by: maker, founding: true }]
    }

    fn add(
        &self,
        room: RoomId,
        user: UserId,
        by: &Standing,
        at: OffsetDateTime,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        by.not_of_two()?;
        by.open()?;
        by.require(Permission::InviteMembers)?;
        if self.present {
            return Ok(vec![]);
        }
        self.not_banned(at)?;
        let added = MembershipEvent::MembershipAdded { room_id: room, user_id: user, by: by.user, founding: false };
        self.within_limits(vec![added])
    }

    /// Who is in it already needs no invite. One that is not of a room that is there is nothing.
    fn accept(
        &self,
        room: RoomId,
        by: &Standing,
        inviter: &Standing,
        at: OffsetDateTime,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        if !by.exists {
            return Err(Refusal::NotFound);
        }
        if self.present {
            return Ok(vec![]);
        }
        if !inviter.effective.contains(&Permission::InviteMembers) {
            return Err(Refusal::InviteSpent);
        }
        if by.archived {
            return Err(Refusal::Archived);
        }
        self.not_banned(at)?;
        self.within_limits(self.join(room, by.user, false))
    }

    fn not_banned(&self, at: OffsetDateTime) -> Result<(), Refusal> {
        match self.banned(at) {
            Some(_) if !self.present => Err(Refusal::Banned),
            Some(_) | None => Ok(()),
        }
    }

    fn remove(&self, room: RoomId, by: &Standing, target: &Standing) -> Result<Vec<MembershipEvent>, Refusal> {
        by.not_of_two()?;
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

/// What an import tells of a membership is personal.
fn seal(origin: Origin, user: UserId) -> Result<Imported, Refusal> {
    origin.seal(&KeyName::user(user))
}
