//! What can happen to somebody's membership of a room.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::imported::Imported;

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
    },
    /// They came in by themselves: made the room, joined a public one, or an import says so.
    MembershipJoined {
        /// The room.
        room_id: RoomId,
        /// Who came.
        user_id: UserId,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
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
}

crate::stored::stored_events! { MembershipEvent {
    MembershipAdded => "membership_added",
    MembershipJoined => "membership_joined",
    MembershipLeft => "membership_left",
    MembershipRemoved => "membership_removed",
} }
