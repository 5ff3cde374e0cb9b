//! What can be asked of a reading.

use crate::id::RoomId;
use crate::permission::Standing;

/// What is asked of somebody's reading of a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingCommand {
    /// They have read up to a position. Back or again: nothing.
    Advance {
        /// The room.
        room: RoomId,
        /// Who reads: any member, in an archived room too.
        by: Standing,
        /// Up to where.
        position: i64,
        /// The newest position of the log, beyond which nothing can have been read.
        newest: i64,
    },
}
