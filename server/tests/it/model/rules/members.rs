//! Who is in a room.

use std::collections::BTreeSet;

use serde_json::json;

use super::roles::stands_above;
use super::{in_group, needs, what_happened};
use crate::model::world::{Answer, Member, NAMES, Number, Who, World};

impl World {
    pub(super) fn joins(&mut self, by: Who, id: Number) -> Answer {
        let room = self.room(id).ok_or("not-found")?;
        if room.members.contains_key(&by) {
            return Ok(200);
        }
        if !room.public {
            return Err("not-found");
        }
        if room.archived {
            return Err("archived");
        }
        if room.is_banned(by, self.now) {
            return Err("banned");
        }
        self.comes(by, id, by, "membership_joined");
        Ok(201)
    }

    pub(super) fn leaves(&mut self, by: Who, id: Number) -> Answer {
        in_group(self.inside(by, id)?, "members-fixed")?;
        self.goes(by, id, by, "membership_left");
        Ok(204)
    }

    pub(super) fn adds(&mut self, by: Who, id: Number, who: Who, roles: Option<&BTreeSet<Number>>) -> Answer {
        let room = self.inside(by, id)?;
        let present = room.members.contains_key(&who);
        if who != by && !(present && roles.is_some()) {
            in_group(room, "members-fixed")?;
            let room = self.writable(by, id)?;
            needs(room, by, "invite_members")?;
            if !present && room.is_banned(who, self.now) {
                return Err("banned");
            }
        }
        if self.people[who].erased {
            return Err("not-found");
        }
        let Some(wanted) = roles else {
            if !present {
                self.comes(by, id, who, "membership_added");
            }
            return Ok(if present { 200 } else { 201 });
        };
        // With their roles or not at all.
        let mut after = self.clone();
        if !present {
            after.comes(by, id, who, "membership_added");
        }
        after.assigns(by, id, who, wanted)?;
        *self = after;
        Ok(if present { 200 } else { 201 })
    }

    fn assigns(&mut self, by: Who, id: Number, who: Who, wanted: &BTreeSet<Number>) -> Answer {
        in_group(self.inside(by, id)?, "groups-only")?;
        let room = self.writable(by, id)?;
        let held: BTreeSet<Number> = room.roles_of(who).into_iter().map(|(role, _)| role).collect();
        if *wanted == held {
            return Ok(200);
        }
        needs(room, by, "manage_roles")?;
        if who != by && room.rank(by) <= room.rank(who) {
            return Err("outranked");
        }
        if wanted.iter().any(|role| !room.roles.contains_key(role)) {
            return Err("invalid");
        }
        for taken in &held - wanted {
            stands_above(room, by, room.roles.get(&taken), None)?;
        }
        for given in wanted - &held {
            stands_above(room, by, None, room.roles.get(&given))?;
        }
        let room = self.room_mut(id);
        room.changed(who);
        if let Some(member) = room.members.get_mut(&who) {
            member.roles.clone_from(wanted);
        }
        Ok(200)
    }

    pub(super) fn removes(&mut self, by: Who, id: Number, who: Who) -> Answer {
        if who == by {
            return self.leaves(by, id);
        }
        let room = self.inside(by, id)?;
        in_group(room, "members-fixed")?;
        needs(room, by, "remove_members")?;
        if !room.members.contains_key(&who) {
            return Err("not-found");
        }
        if room.rank(by) <= room.rank(who) {
            return Err("outranked");
        }
        self.goes(by, id, who, "membership_removed");
        Ok(204)
    }

    pub(super) fn updates_membership(
        &mut self,
        by: Who,
        id: Number,
        mute: Option<bool>,
        until: Option<i64>,
        keep: Option<bool>,
    ) -> Answer {
        let now = self.now;
        let before = self.inside(by, id)?.mute_of(by, now);
        if until.is_some_and(|minutes| minutes <= 0 || mute == Some(false)) {
            return Err("invalid");
        }
        let after = match (mute, until) {
            (_, Some(minutes)) => Some(Some(now + minutes)),
            (Some(true), None) => Some(before.flatten()),
            (Some(false), None) => None,
            (None, None) => before,
        };
        let room = self.room_mut(id);
        if before != after {
            room.changed(by);
        }
        let member = room.members.get_mut(&by).ok_or("not-found")?;
        if before != after {
            member.mute = after;
        }
        if keep.is_some_and(|keep| keep != member.kept) {
            member.kept = !member.kept;
            room.changed(by);
        }
        Ok(200)
    }

    /// Somebody comes in, by themself or another.
    pub(super) fn comes(&mut self, by: Who, id: Number, who: Who, kind: &str) {
        let (since, joined_at) = (self.tick, self.now);
        let room = self.room_mut(id);
        room.members.insert(who, Member { since, joined_at, ..Member::default() });
        room.bans.remove(&who);
        room.changed(who);
        self.tells(by, id, "user_joined", what_happened(kind, json!({"user_id": NAMES[who]})));
    }

    /// Somebody goes, by themself or another.
    pub(super) fn goes(&mut self, by: Who, id: Number, who: Who, kind: &str) {
        let room = self.room_mut(id);
        room.members.remove(&who);
        room.changed(who);
        self.tells(by, id, "user_left", what_happened(kind, json!({"user_id": NAMES[who]})));
    }
}
