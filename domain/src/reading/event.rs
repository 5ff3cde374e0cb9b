//! What can happen to somebody's read position in a room.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};

/// What happened to somebody's read position in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadingEvent {
    /// They have read up to a position of the log.
    ReadAdvanced {
        /// The room.
        room_id: RoomId,
        /// Who read.
        user_id: UserId,
        /// The position, greater than every earlier one of theirs in this room.
        position: i64,
    },
}

crate::stored::stored_events! { ReadingEvent {
    ReadAdvanced => "read_advanced",
} }
