//! Bans.

use super::{in_group, needs};
use crate::model::world::{Answer, Ban, Number, Who, World};

impl World {
    pub(super) fn bans(&mut self, by: Who, id: Number, who: Who, reason: Option<&str>, until: Option<i64>) -> Answer {
        let room = self.inside(by, id)?;
        in_group(room, "members-fixed")?;
        needs(room, by, "ban_members")?;
        // Who is not in it stands nowhere, unless the room is theirs.
        let is_member = room.members.contains_key(&who);
        if room.owner == Some(who) || is_member && room.rank(by) <= room.rank(who) {
            return Err("outranked");
        }
        if until.is_some_and(|minutes| minutes <= 0) {
            return Err("invalid");
        }
        if self.people[who].erased {
            return Err("not-found");
        }
        let (now, tick) = (self.now, self.tick);
        let ban =
            Ban { by, reason: reason.map(str::to_owned), until: until.map(|minutes| now + minutes), at: now, tick };
        if room.members.contains_key(&who) {
            self.goes(by, id, who, "membership_removed");
        }
        let before = self.room_mut(id).bans.get(&who).cloned();
        let same = before.is_some_and(|before| {
            let reason = before.reason.filter(|_| !self.people[before.by].erased);
            (reason, before.until) == (ban.reason.clone(), ban.until)
        });
        if !same {
            let room = self.room_mut(id);
            room.bans.insert(who, ban);
            room.changed(who);
        }
        Ok(204)
    }

    pub(super) fn unbans(&mut self, by: Who, id: Number, who: Who) -> Answer {
        let room = self.inside(by, id)?;
        in_group(room, "members-fixed")?;
        needs(room, by, "ban_members")?;
        if !room.is_banned(who, self.now) {
            return Err("not-found");
        }
        let room = self.room_mut(id);
        room.bans.remove(&who);
        room.changed(who);
        Ok(204)
    }
}
