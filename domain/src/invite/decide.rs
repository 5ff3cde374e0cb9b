//! What an invite answers.

use time::OffsetDateTime;

use super::{Invite, InviteCommand, InviteEvent};
use crate::id::{RoomId, UserId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;

impl Invite {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: InviteCommand) -> Result<Vec<InviteEvent>, Refusal> {
        match command {
            InviteCommand::Create { room, by, max_uses, expires_at, at } => {
                self.create(room, &by, max_uses, expires_at, at)
            }
            InviteCommand::Accept { user, at } => self.accept(user, at),
            InviteCommand::Revoke { room, by } => self.revoke(room, &by),
        }
    }

    fn create(
        &self,
        room: RoomId,
        by: &Standing,
        max_uses: Option<u32>,
        expires_at: Option<OffsetDateTime>,
        at: OffsetDateTime,
    ) -> Result<Vec<InviteEvent>, Refusal> {
        by.not_of_two()?;
        by.open()?;
        if self.room_id.is_some() {
            return Err(Refusal::IdTaken);
        }
        by.require(Permission::InviteMembers)?;
        if max_uses == Some(0) {
            return Err(Refusal::invalid("/max_uses", "is 0 where at least 1 is needed"));
        }
        if expires_at.is_some_and(|expires_at| expires_at <= at) {
            return Err(Refusal::invalid("/expires_at", "is not in the future"));
        }
        Ok(vec![InviteEvent::InviteCreated { room_id: room, created_by: by.user, max_uses, expires_at }])
    }

    fn accept(&self, user: UserId, at: OffsetDateTime) -> Result<Vec<InviteEvent>, Refusal> {
        self.usable(at)?;
        let (Some(room_id), Some(created_by)) = (self.room_id, self.created_by) else {
            return Err(Refusal::NotFound);
        };
        Ok(vec![InviteEvent::InviteAccepted {
            room_id,
            user_id: user,
            uses: self.uses.saturating_add(1),
            created_by,
            max_uses: self.max_uses,
            expires_at: self.expires_at,
        }])
    }

    /// Who lacks the right learns nothing of which codes there are.
    fn revoke(&self, room: RoomId, by: &Standing) -> Result<Vec<InviteEvent>, Refusal> {
        by.not_of_two()?;
        by.require(Permission::InviteMembers)?;
        if self.room_id != Some(room) {
            return Err(Refusal::NotFound);
        }
        if self.revoked {
            return Ok(vec![]);
        }
        Ok(vec![InviteEvent::InviteRevoked { room_id: room, by: by.user, uses: self.uses }])
    }
}
