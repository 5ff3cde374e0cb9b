//! What can be asked of a room.

use super::{RoomType, Visibility};
use crate::id::{RoomId, UserId};
use crate::imported::Origin;
use crate::permission::{PermissionSet, Standing};

/// What is asked of a room. `by` is none of what an import or the operator asks: only members can lack a permission.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomCommand {
    /// Makes it. Again by an import: nothing.
    Create(NewRoom),
    /// Changes what is given. Needs `manage_room`.
    Update {
        /// Its id.
        room: RoomId,
        /// Who asks.
        by: Option<Standing>,
        /// What shall be different.
        changes: RoomChanges,
    },
    /// Makes it read, not written. Needs `manage_room`.
    Archive {
        /// Who asks.
        by: Option<Standing>,
    },
    /// Takes it out of the archive. Needs `manage_room`.
    Unarchive {
        /// Who asks.
        by: Option<Standing>,
    },
}

/// A room to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRoom {
    /// Its id.
    pub room: RoomId,
    /// Dialog, group or secret room.
    pub room_type: RoomType,
    /// Whether people outside find and join it; rooms of two are private.
    pub visibility: Visibility,
    /// A group needs one; rooms of two have none.
    pub name: Option<String>,
    /// Rooms of two have none.
    pub topic: Option<String>,
    /// What every member may do; [`crate::permission::defaults`] unless said otherwise.
    pub permissions: Option<PermissionSet>,
    /// Who makes it, and owns it if it is a group; none of what an import makes.
    pub created_by: Option<UserId>,
    /// Set by imports.
    pub imported: Option<Origin>,
}

/// What shall be different in a room; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomChanges {
    /// The new name.
    pub name: Option<String>,
    /// The new topic; an empty one is none.
    pub topic: Option<String>,
    /// Whether people outside find and join it.
    pub visibility: Option<Visibility>,
    /// What every member may do: nobody gives what they lack.
    pub permissions: Option<PermissionSet>,
}
