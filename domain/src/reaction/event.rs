//! What can happen to somebody's reactions to a message.

use serde::{Deserialize, Serialize};

use crate::id::{MessageId, RoomId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to somebody's reactions to a message. An emoji may be any short text, so it is sealed: with the key of
/// who reacted, in this room and month; in a secret room, with one of theirs for this message (at first it was the
/// message's own).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum ReactionEvent {
    /// They reacted.
    ReactionAdded {
        /// Where.
        room_id: RoomId,
        /// What to.
        message_id: MessageId,
        /// Who.
        user_id: UserId,
        /// With what.
        emoji: Sealed<String>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// They took a reaction back.
    ReactionRemoved {
        /// Where.
        room_id: RoomId,
        /// What to.
        message_id: MessageId,
        /// Whose it was.
        user_id: UserId,
        /// Which.
        emoji: Sealed<String>,
    },
}

crate::stored::stored_events! { ReactionEvent {
    ReactionAdded => "reaction_added",
    ReactionRemoved => "reaction_removed",
} }
