//! The one place where permissions are computed.

use super::{Because, Permission, PermissionSet, Rank, Role, explain};
use crate::id::RoleId;

/// Everything that decides what one member of a room may do.
///
/// Commands make it of aggregates ([`crate::room::Room::holding`]), queries of rows: the answers are the same.
/// Cost: O(roles of this member × 13), whatever the size of the room.
#[derive(Clone, Debug)]
pub struct Holding<'a> {
    /// Whether the member owns the room.
    pub owner: bool,
    /// What the room gives every member.
    pub room: &'a PermissionSet,
    /// The member's roles.
    pub roles: Vec<(RoleId, &'a Role)>,
}

impl Holding<'_> {
    /// What the member may do.
    pub fn effective(&self) -> PermissionSet {
        if self.owner {
            return Permission::ALL.into();
        }
        let mut held = self.room.clone();
        held.extend(self.roles.iter().flat_map(|(_, role)| &role.allow));
        for denied in self.roles.iter().flat_map(|(_, role)| &role.deny) {
            held.remove(denied);
        }
        held
    }

    /// How high the member stands.
    pub fn rank(&self) -> Rank {
        if self.owner {
            return Rank::Owner;
        }
        self.roles.iter().map(|(_, role)| Rank::Role(role.rank)).max().unwrap_or(Rank::None)
    }

    /// Why the member holds each permission or does not: one entry for each, in the contract's order.
    pub fn explain(&self) -> Vec<Because> {
        Permission::ALL.map(|permission| explain::because(self, permission)).into()
    }
}
