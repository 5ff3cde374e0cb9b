//! Members, bans, invites, and whom one blocks.

use serde_json::{Value, json};

use super::{Shown, invite as invite_name, minute, role, room as room_name, who};
use crate::model::world::{Ban, Invite, Member, Number, Room, Who, World};

impl World {
    /// `ListMembers`: in the order of their joining.
    pub(in super::super) fn shows_members(&self, viewer: Who, id: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        let mut members: Vec<_> = room.members.iter().collect();
        members.sort_by_key(|(_, member)| (member.since, member.place));
        Ok(members.into_iter().map(|(member, their)| self.as_member(room, *member, their)).collect())
    }

    /// `GetMember`.
    pub(in super::super) fn shows_member(&self, viewer: Who, id: Number, member: Who) -> Shown {
        let room = self.member_of(viewer, id)?;
        let their = room.members.get(&member).ok_or("not-found")?;
        Ok(self.as_member(room, member, their))
    }

    fn as_member(&self, room: &Room, member: Who, their: &Member) -> Value {
        let roles: Vec<_> = room.roles_of(member).into_iter().map(|(id, _)| role(id)).collect();
        json!({
            "user_id": who(member),
            "display_name": self.name(member),
            "roles": roles,
            "joined_at": minute(their.joined_at),
            "version": room.changes[&member],
        })
    }

    /// `GetMembership`.
    pub(in super::super) fn shows_membership(&self, viewer: Who, id: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        let (their, mute) = (&room.members[&viewer], room.mute_of(viewer, self.now));
        let roles: Vec<_> = room.roles_of(viewer).into_iter().map(|(id, _)| role(id)).collect();
        Ok(json!({
            "room_id": room_name(id),
            "user_id": who(viewer),
            "roles": roles,
            "joined_at": minute(their.joined_at),
            "is_muted": mute.is_some(),
            "muted_until": mute.flatten().map(minute),
            "is_pinned": their.kept,
            "version": room.changes[&viewer],
        }))
    }

    /// `ListBans`: in the order of the bans.
    pub(in super::super) fn shows_bans(&self, viewer: Who, id: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        if !room.may(viewer, "ban_members") {
            return Err("forbidden");
        }
        let mut bans: Vec<_> = room.bans.iter().filter(|(banned, _)| room.is_banned(**banned, self.now)).collect();
        bans.sort_by_key(|(_, ban)| ban.tick);
        let ban = |(banned, ban): (&Who, &Ban)| {
            json!({
                "user_id": who(*banned),
                "display_name": self.name(*banned),
                "reason": ban.reason.as_ref().filter(|_| !self.people[ban.by].erased),
                "until": ban.until.map(minute),
                "banned_by": who(ban.by),
                "banned_at": minute(ban.at),
            })
        };
        Ok(bans.into_iter().map(ban).collect())
    }

    /// `ListInvites`: those that are good, in the order of their making.
    pub(in super::super) fn shows_invites(&self, viewer: Who, id: Number) -> Shown {
        let room = self.member_of(viewer, id)?;
        if !room.may(viewer, "invite_members") {
            return Err("forbidden");
        }
        let good = self.invites.iter().filter(|(_, invite)| invite.room == id && invite.is_good(self.now));
        let invite = |(number, invite): (&Number, &Invite)| {
            json!({
                "code": invite_name(*number),
                "created_by": who(invite.by),
                "created_at": minute(invite.made_at),
                "max_uses": invite.max_uses,
                "uses": invite.uses,
                "expires_at": invite.expires.map(minute),
            })
        };
        Ok(good.map(invite).collect())
    }

    /// `ListBlocks`: in the order of blocking.
    #[expect(clippy::unnecessary_wraps, reason = "as all of them answer")]
    pub(in super::super) fn shows_blocks(&self, viewer: Who) -> Shown {
        let blocked = self.people[viewer].blocks.iter().map(|(blocked, at)| {
            json!({"user_id": who(*blocked), "display_name": self.name(*blocked), "blocked_at": minute(*at)})
        });
        Ok(blocked.collect())
    }
}
