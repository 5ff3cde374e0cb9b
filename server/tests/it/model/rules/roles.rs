//! Roles.

use super::{in_group, matches, needs};
use crate::model::permissions::Permissions;
use crate::model::step::{RoleChanges, Version};
use crate::model::world::{Answer, Number, Rank, Role, Room, Who, World};

/// Most roles that a room has.
const MOST: usize = 100;

impl World {
    pub(super) fn defines_role(&mut self, by: Who, id: Number, role: Number, new: Role) -> Answer {
        in_group(self.inside(by, id)?, "groups-only")?;
        let room = self.writable(by, id)?;
        if room.roles.contains_key(&role) || room.former.contains(&role) {
            return Err("id-taken");
        }
        if room.roles.len() >= MOST {
            return Err("limit-reached");
        }
        needs(room, by, "manage_roles")?;
        stands_above(room, by, None, Some(&new))?;
        if new.name.is_empty() {
            return Err("invalid");
        }
        let room = self.room_mut(id);
        room.roles.insert(role, new);
        room.version += 1;
        Ok(201)
    }

    pub(super) fn changes_role(
        &mut self,
        by: Who,
        id: Number,
        role: Number,
        changes: &RoleChanges,
        version: Version,
    ) -> Answer {
        let (room, before) = self.role(by, id, role)?;
        let RoleChanges { name, rank, allow, deny } = changes;
        let after = Role {
            name: name.map_or_else(|| before.name.clone(), str::to_owned),
            rank: rank.unwrap_or(before.rank),
            allow: allow.clone().unwrap_or_else(|| before.allow.clone()),
            deny: deny.clone().unwrap_or_else(|| before.deny.clone()),
            version: before.version,
        };
        stands_above(room, by, Some(before), Some(&after))?;
        if after.name.is_empty() {
            return Err("invalid");
        }
        matches(version)?;
        if after != *before {
            let version = after.version + 1;
            let room = self.room_mut(id);
            room.roles.insert(role, Role { version, ..after });
            room.version += 1;
        }
        Ok(200)
    }

    pub(super) fn deletes_role(&mut self, by: Who, id: Number, role: Number, version: Version) -> Answer {
        let (room, before) = self.role(by, id, role)?;
        stands_above(room, by, Some(before), None)?;
        matches(version)?;
        let room = self.room_mut(id);
        room.roles.remove(&role);
        room.former.insert(role);
        room.version += 1;
        Ok(204)
    }

    /// A role that is to be changed.
    fn role(&self, by: Who, id: Number, role: Number) -> Result<(&Room, &Role), &'static str> {
        let before = self.inside(by, id)?.roles.get(&role).ok_or("not-found")?;
        let room = self.writable(by, id)?;
        needs(room, by, "manage_roles")?;
        Ok((room, before))
    }
}

/// Refuses who does not stand above a role as it is and as it shall be, or gives by it what they lack: what it allows
/// more, and what it denies less. None before is making or giving it, none after is removing or taking it.
pub(super) fn stands_above(
    room: &Room,
    by: Who,
    before: Option<&Role>,
    after: Option<&Role>,
) -> Result<(), &'static str> {
    let nothing = Permissions::new();
    let above = before.iter().chain(&after).all(|role| room.rank(by) > Rank::Role(role.rank));
    let (gave, took) = before.map_or((&nothing, &nothing), |role| (&role.allow, &role.deny));
    let (gives, takes) = after.map_or((&nothing, &nothing), |role| (&role.allow, &role.deny));
    let more = gives.difference(gave).chain(took.difference(takes)).copied();
    if above && room.holds_all(by, more) { Ok(()) } else { Err("outranked") }
}
