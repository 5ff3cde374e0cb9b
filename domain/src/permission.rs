//! The permission algebra: who may do what in a room, and who stands above whom.
//!
//! - A member holds what the room gives everyone, plus every allow of their roles, minus every deny of them; the owner
//!   holds all.
//! - Ranks are integers, greater stands higher; the owner stands above all, a member without roles below all.
//! - Nobody grants, edits or removes a role of a rank at or above their own highest, nor acts upon a member who stands
//!   as high, nor gives a permission they lack.
//!
//! [`Holding`] is the one place where this is computed, for commands, queries and projections alike;
//! [`Standing`] is what a command is decided with.

mod explain;
mod holding;
mod role;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::room::RoomType;

pub use explain::{Because, DecidedBy};
pub use holding::Holding;
pub use role::{Rank, Role};
pub use standing::Standing;

/// Something a member may do in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See what was said before one's latest joining.
    ViewHistory,
    /// Send messages.
    SendMessages,
    /// Send files.
    SendFiles,
    /// React to messages.
    React,
    /// Mention everyone at once.
    MentionAll,
    /// Pin and unpin messages.
    PinMessages,
    /// Delete others' messages.
    DeleteMessages,
    /// Add members and make invites.
    InviteMembers,
    /// Remove members.
    RemoveMembers,
    /// Ban and unban.
    BanMembers,
    /// Define, change and give roles.
    ManageRoles,
    /// Change name, topic, visibility and permissions; archive.
    ManageRoom,
    /// Start calls.
    StartCalls,
}

impl Permission {
    /// Every permission, in the contract's order.
    pub const ALL: [Self; 13] = [
        Self::ViewHistory,
        Self::SendMessages,
        Self::SendFiles,
        Self::React,
        Self::MentionAll,
        Self::PinMessages,
        Self::DeleteMessages,
        Self::InviteMembers,
        Self::RemoveMembers,
        Self::BanMembers,
        Self::ManageRoles,
        Self::ManageRoom,
        Self::StartCalls,
    ];

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::ViewHistory => "view_history",
            Self::SendMessages => "send_messages",
            Self::SendFiles => "send_files",
            Self::React => "react",
            Self::MentionAll => "mention_all",
            Self::PinMessages => "pin_messages",
            Self::DeleteMessages => "delete_messages",
            Self::InviteMembers => "invite_members",
            Self::RemoveMembers => "remove_members",
            Self::BanMembers => "ban_members",
            Self::ManageRoles => "manage_roles",
            Self::ManageRoom => "manage_room",
            Self::StartCalls => "start_calls",
        }
    }
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Some permissions, in the contract's order.
pub type PermissionSet = BTreeSet<Permission>;

/// What every member of a new room may do, unless its maker says otherwise.
pub fn defaults(room_type: RoomType) -> PermissionSet {
    use Permission::{PinMessages, React, SendFiles, SendMessages, StartCalls, ViewHistory};
    let mut permissions = PermissionSet::from([ViewHistory, SendMessages, SendFiles, React, StartCalls]);
    match room_type {
        RoomType::Group => {}
        RoomType::Dialog | RoomType::Secret => {
            permissions.insert(PinMessages);
        }
    }
    permissions
}
