//! Roles and ranks.

use serde::{Deserialize, Serialize};

use super::PermissionSet;

/// A role of a room: what it gives and takes, and how high it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// What it is called, while the room's key exists.
    pub name: Option<String>,
    /// Greater stands higher.
    pub rank: i32,
    /// What it gives.
    pub allow: PermissionSet,
    /// What it takes, whatever else gives it.
    pub deny: PermissionSet,
    /// Counts its changes; 1 as it was defined.
    pub version: i64,
}

/// How high a member stands in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rank {
    /// Without any role: below every role.
    #[default]
    None,
    /// The rank of their highest role.
    Role(i32),
    /// The owner: above every role.
    Owner,
}
