//! What can be asked of somebody's reactions to a message.

use time::OffsetDateTime;

use crate::id::{MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::message::Message;
use crate::permission::Standing;

/// What is asked of somebody's reactions to a message.
#[derive(Clone, Debug, PartialEq)]
pub enum ReactionCommand {
    /// They react. Needs `react`; again: nothing. With [`super::EMOJI_MOST`] at once, and [`super::REACTIONS_MAX`] times.
    Add {
        /// What to.
        target: Target,
        /// Who reacts.
        by: Standing,
        /// With what: 1 to [`crate::text::EMOJI_MAX`] bytes.
        emoji: String,
        /// When: the month is in its key's name.
        at: OffsetDateTime,
    },
    /// They take a reaction back, whatever they may do by now. What is not there: nothing.
    Remove {
        /// What to.
        target: Target,
        /// Whose it is.
        by: Standing,
        /// Which.
        emoji: String,
    },
    /// An import says that somebody reacted, whatever the room allows. Again, and if they took it back since: nothing.
    ImportAdd {
        /// What to.
        target: Target,
        /// Who reacted.
        user: UserId,
        /// With what.
        emoji: String,
        /// When: the month is in its key's name.
        at: OffsetDateTime,
        /// Where it says so.
        imported: Origin,
    },
}

/// The message that is reacted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(super) room: RoomId,
    pub(super) message: MessageId,
    /// Whether it is in the room.
    pub(super) there: bool,
    /// Whether it says something still.
    pub(super) says: bool,
}

impl Target {
    /// `message`, whose id is `id`, for who asks for it in `room`.
    pub fn of(room: RoomId, id: MessageId, message: &Message) -> Self {
        let (there, says) = (message.is_in(room).is_ok(), message.readable().is_ok());
        Self { room, message: id, there, says }
    }
}
