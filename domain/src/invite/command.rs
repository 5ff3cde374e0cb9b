//! What can be asked of an invite.

use time::OffsetDateTime;

use crate::id::{RoomId, UserId};
use crate::permission::Standing;

/// What is asked of an invite.
#[derive(Clone, Debug, PartialEq)]
pub enum InviteCommand {
    /// Makes it. Needs `invite_members`.
    Create {
        /// To which room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// How often it may be accepted; none is without a limit.
        max_uses: Option<u32>,
        /// When it runs out; none is never.
        expires_at: Option<OffsetDateTime>,
        /// When.
        at: OffsetDateTime,
    },
    /// Somebody uses it, and comes into the room in the same append.
    Accept {
        /// Who.
        user: UserId,
        /// When.
        at: OffsetDateTime,
    },
    /// Takes it back, in an archived room too. Needs `invite_members`.
    Revoke {
        /// The room where the asker sees it; one of another room is not found.
        room: RoomId,
        /// Who asks.
        by: Standing,
    },
}
