//! Why a member holds a permission, or does not.

use serde::{Deserialize, Serialize};

use super::{Holding, Permission, Role};
use crate::id::RoleId;

/// Whether a member holds a permission, and what decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Because {
    /// Which permission.
    pub permission: Permission,
    /// Whether they hold it.
    pub held: bool,
    /// What decided it.
    pub decided_by: DecidedBy,
}

/// What decided whether a member holds a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecidedBy {
    /// They own the room, and so hold everything.
    Ownership,
    /// This role of theirs allows or denies it; of several that do, the highest (of equals, the one with the least id).
    Role {
        /// Which.
        role_id: RoleId,
    },
    /// What the room gives every member, and no role of theirs says otherwise.
    Room,
}

/// Follows the order in which things decide: ownership, a deny, the room, an allow; and where nothing gives it, the
/// room, which could.
pub(super) fn because(holding: &Holding<'_>, permission: Permission) -> Because {
    let highest = |says: fn(&Role, Permission) -> bool| {
        let saying = holding.roles.iter().filter(|(_, role)| says(role, permission));
        saying.min_by_key(|(id, role)| (std::cmp::Reverse(role.rank), *id)).map(|(id, _)| *id)
    };
    let (held, decided_by) = if holding.owner {
        (true, DecidedBy::Ownership)
    } else if let Some(role_id) = highest(|role, permission| role.deny.contains(&permission)) {
        (false, DecidedBy::Role { role_id })
    } else if holding.room.contains(&permission) {
        (true, DecidedBy::Room)
    } else if let Some(role_id) = highest(|role, permission| role.allow.contains(&permission)) {
        (true, DecidedBy::Role { role_id })
    } else {
        (false, DecidedBy::Room)
    };
    Because { permission, held, decided_by }
}
