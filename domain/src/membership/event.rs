//! What can happen to somebody's membership of a room.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{RoleId, RoomId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to somebody's membership of a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MembershipEvent {
    /// A member (or the room's maker, at its making) brought them in.
    MembershipAdded {
        /// The room.
        room_id: RoomId,
        /// Who was added.
        user_id: UserId,
        /// Who added them.
        by: UserId,
        /// Set where they come in with the room's making, in the same append: that is no news to anybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        founding: bool,
    },
    /// They came in by themselves: made the room, are one of two, joined a public one, accepted an invite, or an import says
    /// so.
    MembershipJoined {
        /// The room.
        room_id: RoomId,
        /// Who came.
        user_id: UserId,
        /// Set where they come in with the room's making, in the same append, and where an import knows only that they are
        /// there: that is no news to anybody.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        founding: bool,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// Their roles are others.
    MembershipRolesAssigned {
        /// The room.
        room_id: RoomId,
        /// Whose roles.
        user_id: UserId,
        /// Who says so.
        by: UserId,
        /// All their roles from now on.
        roles: BTreeSet<RoleId>,
    },
    /// They left.
    MembershipLeft {
        /// The room.
        room_id: RoomId,
        /// Who left.
        user_id: UserId,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// They were removed by another member.
    MembershipRemoved {
        /// The room.
        room_id: RoomId,
        /// Who was removed.
        user_id: UserId,
        /// Who removed them.
        by: UserId,
    },
    /// They may not come in. Who was in is removed by an event of its own, before this one.
    MembershipBanned {
        /// The room.
        room_id: RoomId,
        /// Who is kept out.
        user_id: UserId,
        /// Who keeps them out.
        by: UserId,
        /// Why: as what the banner wrote there in that month.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Sealed<String>>,
        /// When it runs out, without an event; none is never.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        until: Option<OffsetDateTime>,
    },
    /// They may come in again.
    MembershipUnbanned {
        /// The room.
        room_id: RoomId,
        /// Who was kept out.
        user_id: UserId,
        /// Who says so.
        by: UserId,
    },
    /// They want no notice of the room.
    MembershipMuted {
        /// The room.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
        /// When it runs out, without an event; none is never.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        until: Option<OffsetDateTime>,
    },
    /// They want notice of the room again.
    MembershipUnmuted {
        /// The room.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
    },
    /// They keep the room at the top.
    MembershipPinned {
        /// The room.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
    },
    /// They do not keep the room at the top any more.
    MembershipUnpinned {
        /// The room.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
    },
}

crate::stored::stored_events! { MembershipEvent {
    MembershipAdded => "membership_added",
    MembershipJoined => "membership_joined",
    MembershipRolesAssigned => "membership_roles_assigned",
    MembershipLeft => "membership_left",
    MembershipRemoved => "membership_removed",
    MembershipBanned => "membership_banned",
    MembershipUnbanned => "membership_unbanned",
    MembershipMuted => "membership_muted",
    MembershipUnmuted => "membership_unmuted",
    MembershipPinned => "membership_pinned",
    MembershipUnpinned => "membership_unpinned",
} }
