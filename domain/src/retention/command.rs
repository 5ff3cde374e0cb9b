//! What can be asked of a room's retention.

use time::OffsetDateTime;

use super::Period;
use crate::holds::Holds;
use crate::id::RoomId;
use crate::sealed::KeyName;

/// What is asked of a room's retention. Nobody asks it: time does.
#[derive(Clone, Debug, PartialEq)]
pub enum RetentionCommand {
    /// Destroys keys of what was written in the room, as far as all that they seal is older than it keeps messages for, and
    /// no legal hold keeps it.
    Expire {
        /// Which room.
        room: RoomId,
        /// For how long it keeps messages; none is for good.
        keeps: Option<Period>,
        /// Keys that are there; which of them end is decided.
        keys: Vec<KeyName>,
        /// The holds of the instance.
        holds: Holds,
        /// Those of the keys that seal what somebody forwarded of whom something is held in the room.
        forwarded: Vec<KeyName>,
        /// The time.
        at: OffsetDateTime,
    },
}
