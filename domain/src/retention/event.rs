//! What can happen by a room's retention.

use serde::{Deserialize, Serialize};

use crate::erasure::Erasure;
use crate::id::RoomId;

/// What happened by a room's retention.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RetentionEvent {
    /// What some people wrote in the room in some months cannot be read any more.
    MessagesExpired {
        /// Where.
        room_id: RoomId,
        /// What was destroyed: keys of content, which name author, room and month.
        erasure: Erasure,
    },
}

crate::stored::stored_events! { RetentionEvent {
    MessagesExpired => "messages_expired",
} }
