//! What can happen to a message.

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, RoomId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to a message. Content is sealed with the key of its author, room and month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum MessageEvent {
    /// It was sent; when is the event's `occurred_at`.
    MessageSent {
        /// Where.
        room_id: RoomId,
        /// By whom.
        sender_id: UserId,
        /// What it says.
        content: Sealed<Content>,
        /// The message of the same room that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// Its wording changed.
    MessageEdited {
        /// Where.
        room_id: RoomId,
        /// What it says from now on.
        content: Sealed<Content>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// It was deleted; it keeps its place.
    MessageDeleted {
        /// Where.
        room_id: RoomId,
        /// By whom.
        by: UserId,
    },
}

crate::stored::stored_events! { MessageEvent {
    MessageSent => "message_sent",
    MessageEdited => "message_edited",
    MessageDeleted => "message_deleted",
} }

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// 1 to 16,384 characters.
    pub text: String,
}
