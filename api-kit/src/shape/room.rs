//! Rooms.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Message;
use crate::Timestamp;

/// A room, as one person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Room {
    /// Its id.
    pub id: Uuid,
    /// Dialog, group or secret room.
    #[schema(value_type = RoomType)]
    pub r#type: String,
    /// Who finds it.
    #[schema(value_type = Visibility)]
    pub visibility: String,
    /// Null of a room of two, of a group that was given none, and once it is erased.
    #[schema(example = "Engine room")]
    pub name: Option<String>,
    /// Null where there is none.
    pub topic: Option<String>,
    /// What every member may do.
    #[schema(value_type = Vec<PermissionName>)]
    pub permissions: Vec<String>,
    /// Its roles, highest rank first.
    pub roles: Vec<Role>,
    /// Both members of a room of two; none of a group, whose members are a list of their own.
    pub member_ids: Vec<Uuid>,
    /// Who made it; null of an imported room.
    pub created_by: Option<Uuid>,
    /// Who owns it; null of a room of two, and of an imported room.
    pub owner_id: Option<Uuid>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Read, not written.
    pub archived: bool,
    /// For how long it keeps messages, in days; null is for good.
    #[schema(example = "P90D")]
    pub retain_for: Option<String>,
    /// How many people are in it.
    #[schema(example = 2)]
    pub member_count: i64,
    /// Counts the changes of the room itself.
    #[schema(example = 1)]
    pub version: i64,
    /// The viewer's own part; null for who is no member.
    pub my: Option<My>,
    /// The newest message that the viewer may see.
    pub last_message: Option<Message>,
}

/// A member's own part of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct My {
    /// Ids of their roles.
    pub roles: Vec<Uuid>,
    /// What they may do.
    #[schema(value_type = Vec<PermissionName>)]
    pub permissions: Vec<String>,
    /// Whether they want no notice of it: messages of a muted room count in `unread_count`, but are not to be added to a
    /// badge.
    pub is_muted: bool,
    /// When that ends by itself; null where it does not.
    pub muted_until: Option<Timestamp>,
    /// Whether they keep it at the top.
    pub is_pinned: bool,
    /// They have read up to this position.
    pub read_position: i64,
    /// Messages of others after it: exact up to 999, then 1000.
    pub unread_count: i64,
    /// Those of them that mention the member: exact up to 999, then 1000.
    pub mention_count: i64,
}

/// Somebody's own membership of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Membership {
    /// The room.
    pub room_id: Uuid,
    /// Who.
    pub user_id: Uuid,
    /// Ids of their roles.
    pub roles: Vec<Uuid>,
    /// When they came in last.
    pub joined_at: Timestamp,
    /// Whether they want no notice of it: messages of a muted room count in `unread_count`, but are not to be added to a
    /// badge.
    pub is_muted: bool,
    /// When that ends by itself; null where it does not.
    pub muted_until: Option<Timestamp>,
    /// Whether they keep it at the top.
    pub is_pinned: bool,
    /// Counts the changes of the membership.
    #[schema(example = 1)]
    pub version: i64,
}

/// A role of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Its id.
    pub id: Uuid,
    /// What it is called; null once the room is erased.
    pub name: Option<String>,
    /// Greater stands higher.
    pub rank: i32,
    /// What it gives and takes.
    pub permissions: RolePermissions,
    /// Counts the changes of the role.
    #[schema(example = 1)]
    pub version: i64,
}

/// What a role gives and takes: a deny beats an allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RolePermissions {
    /// What it gives.
    #[schema(value_type = Vec<PermissionName>)]
    pub allow: Vec<String>,
    /// What it takes.
    #[schema(value_type = Vec<PermissionName>)]
    pub deny: Vec<String>,
}

/// What kind of room it is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum RoomType {
    /// Two people, once for each pair.
    Dialog,
    /// Any number of people.
    Group,
    /// Two people, each message with a key of its own.
    Secret,
}

/// Who finds a room.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Visibility {
    /// Its members alone.
    Private,
    /// Everyone: listed, and joined by anyone.
    Public,
}

/// Something a member may do in a room.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PermissionName {
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
