//! Which roles a member has.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{RoleId, RoomId};
use crate::membership::{MEMBER_ROLES_MAX, Membership, MembershipEvent};
use crate::permission::{Permission, Role, Standing};
use crate::refusal::Refusal;

impl Membership {
    /// Roles that are no longer defined count nothing: neither are they taken, nor do they make a difference.
    pub(super) fn assign_roles(
        &self,
        room: RoomId,
        by: &Standing,
        target: &Standing,
        roles: &[RoleId],
        defined: &BTreeMap<RoleId, Role>,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        by.in_group()?;
        by.open()?;
        if !self.present {
            return Err(Refusal::NotFound);
        }
        let wanted: BTreeSet<RoleId> = roles.iter().copied().collect();
        let held: BTreeSet<RoleId> = self.roles.iter().copied().filter(|role| defined.contains_key(role)).collect();
        if wanted == held {
            return Ok(vec![]);
        }
        by.require(Permission::ManageRoles)?;
        if by.user != target.user {
            by.outrank(target.rank)?;
        }
        if let Some(place) = roles.iter().position(|role| !defined.contains_key(role)) {
            return Err(Refusal::invalid(format!("/roles/{place}"), "there is no such role in this room"));
        }
        for taken in &held - &wanted {
            by.change_role(defined.get(&taken), None)?;
        }
        for given in &wanted - &held {
            by.change_role(None, defined.get(&given))?;
        }
        if wanted.len() > MEMBER_ROLES_MAX {
            let detail = format!("{} roles where at most {MEMBER_ROLES_MAX} are allowed", wanted.len());
            return Err(Refusal::invalid("/roles", detail));
        }
        let (user_id, by) = (target.user, by.user);
        Ok(vec![MembershipEvent::MembershipRolesAssigned { room_id: room, user_id, by, roles: wanted }])
    }
}
