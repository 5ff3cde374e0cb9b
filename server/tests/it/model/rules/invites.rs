//! Invites.

use super::{in_group, needs};
use crate::model::world::{Answer, Invite, Number, Who, World};

impl World {
    pub(super) fn invites(
        &mut self,
        by: Who,
        id: Number,
        invite: Number,
        max_uses: Option<i64>,
        until: Option<i64>,
    ) -> Answer {
        in_group(self.inside(by, id)?, "members-fixed")?;
        needs(self.writable(by, id)?, by, "invite_members")?;
        if max_uses == Some(0) || until.is_some_and(|minutes| minutes <= 0) {
            return Err("invalid");
        }
        let (made_at, expires) = (self.now, until.map(|minutes| self.now + minutes));
        self.invites.insert(invite, Invite { room: id, by, made_at, max_uses, expires, uses: 0, revoked: false });
        Ok(201)
    }

    pub(super) fn revokes(&mut self, by: Who, id: Number, invite: Number) -> Answer {
        let room = self.inside(by, id)?;
        in_group(room, "members-fixed")?;
        needs(room, by, "invite_members")?;
        let invite = self.invites.get_mut(&invite).filter(|invite| invite.room == id).ok_or("not-found")?;
        invite.revoked = true;
        Ok(204)
    }

    pub(super) fn accepts(&mut self, by: Who, invite: Number) -> Answer {
        let code = self.invites.get(&invite).ok_or("not-found")?;
        let id = code.room;
        let room = self.room(id).ok_or("not-found")?;
        if room.members.contains_key(&by) {
            return Ok(200);
        }
        let maker = &self.people[code.by];
        if !code.is_good(self.now) || !room.may(code.by, "invite_members") || maker.erased || maker.suspended {
            return Err("invite-spent");
        }
        if room.archived {
            return Err("archived");
        }
        if room.is_banned(by, self.now) {
            return Err("banned");
        }
        if let Some(code) = self.invites.get_mut(&invite) {
            code.uses += 1;
        }
        self.comes(by, id, by, "membership_joined");
        Ok(201)
    }
}

impl Invite {
    /// Whether it is neither used up, expired nor revoked.
    pub(in super::super) fn is_good(&self, now: i64) -> bool {
        let left = self.max_uses.is_none_or(|most| self.uses < most);
        left && !self.revoked && self.expires.is_none_or(|expires| now < expires)
    }
}
