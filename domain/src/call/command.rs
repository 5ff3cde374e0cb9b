//! What can be asked of a call.

use super::{Departure, Media};
use crate::id::{RoomId, UserId};
use crate::permission::Standing;

/// What is asked of a call. Whoever asks stands in the call's room.
#[derive(Clone, Debug, PartialEq)]
pub enum CallCommand {
    /// Starts it, and is the first in it. Needs `start_calls`.
    Start {
        /// In which room.
        room: RoomId,
        /// Who asks.
        by: Standing,
        /// Of what kind.
        media: Media,
    },
    /// Comes into it, perhaps again.
    Join {
        /// Who asks.
        by: Standing,
    },
    /// Leaves it; who never was in it declines. The last who leaves ends it, and so does declining in a room of two.
    Leave {
        /// Who asks.
        by: Standing,
    },
    /// Ends it for everybody: who started it, either of two, and who holds `manage_room`.
    End {
        /// Who asks.
        by: Standing,
    },
    /// It has rung for as long as calls do.
    RingOut,
    /// Somebody is in it no longer, without having said so.
    Lose {
        /// Who.
        user: UserId,
        /// How that is known.
        why: Departure,
    },
    /// The room takes no calls any more.
    Close,
}
