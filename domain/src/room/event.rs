//! What can happen to a room.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{RoleId, UserId};
use crate::imported::Imported;
use crate::permission::PermissionSet;
use crate::retention::Period;
use crate::sealed::Sealed;

/// What happened to a room. Names, of roles too, and topics are sealed with the room's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RoomEvent {
    /// It was made; who made it owns it.
    RoomCreated {
        /// Dialog, group or secret room.
        room_type: RoomType,
        /// Whether people outside find and join it.
        visibility: Visibility,
        /// A group's name.
        name: Option<Sealed<String>>,
        /// A group's topic.
        topic: Option<Sealed<String>>,
        /// What every member may do.
        permissions: PermissionSet,
        /// The maker and first owner; of what an import made, who looks after it there, if anybody.
        created_by: Option<UserId>,
        /// Both members of a room of two, who never change; nobody of a group, whose members come and go.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        members: BTreeSet<UserId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// Its name changed.
    RoomRenamed {
        /// The new name.
        name: Sealed<String>,
        /// Of what an import made, who did it there, if the source tells. Of all else the metadata names the actor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// Its topic changed.
    RoomTopicChanged {
        /// The new topic; an empty one is none.
        topic: Sealed<String>,
        /// Of what an import made, who did it there, if the source tells. Of all else the metadata names the actor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// It became public or private.
    RoomVisibilityChanged {
        /// From now on.
        visibility: Visibility,
    },
    /// What every member may do changed.
    RoomPermissionsChanged {
        /// From now on.
        permissions: PermissionSet,
    },
    /// For how long it keeps messages changed.
    RoomRetentionChanged {
        /// From now on; none is for good.
        retain_for: Option<Period>,
    },
    /// It was archived: read, not written.
    RoomArchived {
        /// Of what an import made, who did it there, if the source tells. Of all else the metadata names the actor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// It was taken out of the archive.
    RoomUnarchived {
        /// Of what an import made, who did it there, if the source tells. Of all else the metadata names the actor.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// A role was made.
    RoomRoleDefined {
        /// Its id.
        role_id: RoleId,
        /// What it is called.
        name: Sealed<String>,
        /// Greater stands higher.
        rank: i32,
        /// What it gives.
        allow: PermissionSet,
        /// What it takes.
        deny: PermissionSet,
    },
    /// A role changed.
    RoomRoleChanged {
        /// Which.
        role_id: RoleId,
        /// The new name, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<Sealed<String>>,
        /// How high it stands from now on.
        rank: i32,
        /// What it gives from now on.
        allow: PermissionSet,
        /// What it takes from now on.
        deny: PermissionSet,
    },
    /// A role is no more; nobody has it any longer, whatever memberships say.
    RoomRoleDeleted {
        /// Which.
        role_id: RoleId,
    },
    /// Another member owns it.
    RoomOwnershipTransferred {
        /// Who owned it; none of a room that nobody did.
        from: Option<UserId>,
        /// Who owns it from now on.
        to: UserId,
    },
    /// It is gone for everyone.
    RoomClosed,
}

crate::stored::stored_events! { RoomEvent {
    RoomCreated => "room_created",
    RoomRenamed => "room_renamed",
    RoomTopicChanged => "room_topic_changed",
    RoomVisibilityChanged => "room_visibility_changed",
    RoomPermissionsChanged => "room_permissions_changed",
    RoomRetentionChanged => "room_retention_changed",
    RoomArchived => "room_archived",
    RoomUnarchived => "room_unarchived",
    RoomRoleDefined => "room_role_defined",
    RoomRoleChanged => "room_role_changed",
    RoomRoleDeleted => "room_role_deleted",
    RoomOwnershipTransferred => "room_ownership_transferred",
    RoomClosed => "room_closed",
} }

/// What kind of room it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomType {
    /// Two people, once for each pair.
    Dialog,
    /// Any number of people.
    Group,
    /// Two people, each message with a key of its own.
    Secret,
}

/// Who finds a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Its members alone.
    Private,
    /// Everyone: listed, and joined by anyone.
    Public,
}
