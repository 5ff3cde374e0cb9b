//! What can be asked of a membership.

use crate::id::{RoomId, UserId};
use crate::imported::Origin;
use crate::permission::Standing;

/// What is asked of somebody's membership of a room.
#[derive(Clone, Debug, PartialEq)]
pub enum MembershipCommand {
    /// The room's maker comes in, with the room's making: in the same append.
    Found {
        /// The room.
        room: RoomId,
        /// Its maker.
        user: UserId,
    },
    /// A member brings somebody in. Needs `invite_members`.
    Add {
        /// The room.
        room: RoomId,
        /// Who shall come in; that they exist is the caller's to see.
        user: UserId,
        /// Who asks.
        by: Standing,
    },
    /// They come into a public room by themselves.
    Join {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
    },
    /// They leave, an owner too, an archived room too.
    Leave {
        /// The room.
        room: RoomId,
        /// Who asks: where they stand by this very membership.
        by: Standing,
    },
    /// Another member removes them, from an archived room too. Needs `remove_members` and a higher rank.
    Remove {
        /// The room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Who shall go: where they stand by this very membership.
        target: Standing,
    },
    /// An import says that they came, into whatever room.
    ImportJoin {
        /// The room.
        room: RoomId,
        /// Who came.
        user: UserId,
        /// Where it says so.
        imported: Origin,
    },
    /// An import says that they left.
    ImportLeave {
        /// The room.
        room: RoomId,
        /// Who left.
        user: UserId,
        /// Where it says so.
        imported: Origin,
    },
}
