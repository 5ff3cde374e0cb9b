//! Roles of a room.

use crate::id::{RoleId, RoomId};
use crate::permission::{Permission, Role, Standing};
use crate::refusal::Refusal;
use crate::room::{NewRole, ROLES_MAX, RoleChanges, Room, RoomEvent};
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Room {
    pub(super) fn define_role(
        &self,
        room: RoomId,
        by: &Standing,
        id: RoleId,
        new: NewRole,
    ) -> Result<Vec<RoomEvent>, Refusal> {
        self.known_to(Some(by))?;
        by.in_group()?;
        by.open()?;
        if self.roles.contains_key(&id) || self.former_roles.contains(&id) {
            return Err(Refusal::IdTaken);
        }
        if self.roles.len() >= ROLES_MAX {
            return Err(Refusal::LimitReached { what: "roles", most: ROLES_MAX });
        }
        by.require(Permission::ManageRoles)?;
        let NewRole { name, rank, allow, deny } = new;
        let role = Role { rank, allow, deny, ..Role::default() };
        by.change_role(None, Some(&role))?;
        let name = Sealed::new(KeyName::room(room), text::role_name(&name)?);
        Ok(vec![RoomEvent::RoomRoleDefined { role_id: id, name, rank, allow: role.allow, deny: role.deny }])
    }

    pub(super) fn change_role(
        &self,
        room: RoomId,
        by: &Standing,
        id: RoleId,
        changes: RoleChanges,
    ) -> Result<Vec<RoomEvent>, Refusal> {
        let before = self.role(by, id)?;
        let RoleChanges { name, rank, allow, deny } = changes;
        let after = Role {
            rank: rank.unwrap_or(before.rank),
            allow: allow.unwrap_or_else(|| before.allow.clone()),
            deny: deny.unwrap_or_else(|| before.deny.clone()),
            ..before.clone()
        };
        by.change_role(Some(before), Some(&after))?;
        let name = name.as_deref().map(text::role_name).transpose()?;
        let name = name.filter(|name| before.name.as_ref() != Some(name));
        if name.is_none() && after == *before {
            return Ok(vec![]);
        }
        let name = name.map(|name| Sealed::new(KeyName::room(room), name));
        let Role { rank, allow, deny, .. } = after;
        Ok(vec![RoomEvent::RoomRoleChanged { role_id: id, name, rank, allow, deny }])
    }

    pub(super) fn delete_role(&self, by: &Standing, id: RoleId) -> Result<Vec<RoomEvent>, Refusal> {
        let role = self.role(by, id)?;
        by.change_role(Some(role), None)?;
        Ok(vec![RoomEvent::RoomRoleDeleted { role_id: id }])
    }

    /// A role that is to be changed by who may manage roles; every member may know which there are.
    fn role(&self, by: &Standing, id: RoleId) -> Result<&Role, Refusal> {
        self.known_to(Some(by))?;
        let role = self.roles.get(&id).ok_or(Refusal::NotFound)?;
        by.in_group()?;
        by.open()?;
        by.require(Permission::ManageRoles)?;
        Ok(role)
    }
}
