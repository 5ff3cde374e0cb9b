//! What can be asked of a room.

use std::collections::BTreeSet;

use super::{RoomType, Visibility};
use crate::id::{RoleId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::{PermissionSet, Standing};
use crate::retention::Period;

/// What is asked of a room. `by` is none of what the operator asks: only members can lack a permission.
#[derive(Clone, Debug, PartialEq)]
pub enum RoomCommand {
    /// Makes it. Again by an import, and of a dialog that could be made so: nothing.
    Create(NewRoom),
    /// Changes what is given. Needs `manage_room`; in rooms of two either may say for how long messages are kept. Not for
    /// whom the other of two has blocked.
    Update {
        /// Its id.
        room: RoomId,
        /// Who asks.
        by: Option<Standing>,
        /// What shall be different.
        changes: RoomChanges,
    },
    /// Makes it read, not written. Needs `manage_room`; not for whom the other of two has blocked.
    Archive {
        /// Who asks.
        by: Option<Standing>,
    },
    /// Takes it out of the archive. Needs `manage_room`; not for whom the other of two has blocked.
    Unarchive {
        /// Who asks.
        by: Option<Standing>,
    },
    /// Tells what became of it in a source. Nothing, if it is so already, or if it is about the archive and people have
    /// archived it here or taken it out since. A name or a topic is refused while people have it archived here.
    Import {
        /// Its id.
        room: RoomId,
        /// What became of it.
        change: ImportedChange,
        /// Who did it there, if the source tells.
        by: Option<UserId>,
        /// Where that is told.
        imported: Origin,
    },
    /// Makes a role of it. Needs `manage_roles`, a higher rank than the role's, and what the role gives.
    DefineRole {
        /// Its id.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// The role's id.
        role: RoleId,
        /// What it shall be.
        new: NewRole,
    },
    /// Changes a role. Needs `manage_roles`, a higher rank than it has and shall have, and what it gives more.
    ChangeRole {
        /// Its id.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Which.
        role: RoleId,
        /// What shall be different.
        changes: RoleChanges,
    },
    /// Deletes a role, and so takes it from everyone at once. Needs `manage_roles` and a higher rank.
    DeleteRole {
        /// Who asks.
        by: Standing,
        /// Which.
        role: RoleId,
    },
    /// Gives it to another member. Only its owner may.
    TransferOwnership {
        /// Who asks.
        by: Standing,
        /// Who shall own it: as no member, if their account is not active, since they could do nothing with it.
        to: Standing,
    },
    /// Gives it to a member where nobody acts as its owner: nobody owns it, or its owner is erased, suspended or not in it.
    /// Asked by an admin of the instance, member or not.
    AppointOwner {
        /// Who shall own it: as no member, if their account is not active.
        to: Standing,
    },
    /// Ends it, archived or not. Only its owner may, and who is an admin of the instance, member or not.
    Close {
        /// Who asks.
        by: Standing,
        /// Whether they are an admin of the instance.
        is_admin: bool,
    },
}

/// A room to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewRoom {
    /// Its id; of a dialog the one that its members have: [`super::Room::dialog_id`].
    pub room: RoomId,
    /// Dialog, group or secret room.
    pub room_type: RoomType,
    /// Whether people outside find and join it; rooms of two are private.
    pub visibility: Visibility,
    /// A group may have one; rooms of two have none.
    pub name: Option<String>,
    /// Rooms of two have none.
    pub topic: Option<String>,
    /// What every member may do; [`crate::permission::defaults`] unless said otherwise.
    pub permissions: Option<PermissionSet>,
    /// Who makes it, and owns it if it is a group; of what an import makes, who looks after it there, if anybody.
    pub created_by: Option<UserId>,
    /// Both members of a room of two; who is in a group is said by memberships alone.
    pub members: BTreeSet<UserId>,
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
    /// For how long it keeps messages; none within is for good.
    pub retain_for: Option<Option<Period>>,
}

/// What became of a room in a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportedChange {
    /// It has this name.
    Renamed(String),
    /// It has this topic; an empty one is none.
    TopicChanged(String),
    /// It is read, not written.
    Archived,
    /// It is written again.
    Unarchived,
}

/// A role to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewRole {
    /// What it is called.
    pub name: String,
    /// Greater stands higher.
    pub rank: i32,
    /// What it gives.
    pub allow: PermissionSet,
    /// What it takes, whatever else gives it.
    pub deny: PermissionSet,
}

/// What shall be different in a role; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoleChanges {
    /// The new name.
    pub name: Option<String>,
    /// How high it stands.
    pub rank: Option<i32>,
    /// What it gives.
    pub allow: Option<PermissionSet>,
    /// What it takes.
    pub deny: Option<PermissionSet>,
}
