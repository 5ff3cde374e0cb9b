//! What can be asked of a message.

use time::OffsetDateTime;

use super::Message;
use crate::id::{MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::Standing;

/// What is asked of a message. `room` is the room where the asker sees it; one that is elsewhere is not found.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageCommand {
    /// Sends it. Needs `send_messages`.
    Send {
        /// Where.
        room: RoomId,
        /// Who sends.
        by: Standing,
        /// What it says: 1 to [`crate::text::MESSAGE_MAX`] characters.
        text: String,
        /// What it answers.
        reply_to: Option<ReplyTo>,
        /// When: the month is in its key's name.
        at: OffsetDateTime,
    },
    /// Changes its wording. Only its sender may, while they have `send_messages`.
    Edit {
        /// Where.
        room: RoomId,
        /// Who edits.
        by: Standing,
        /// What it says from now on.
        text: String,
    },
    /// Deletes it. Its sender may, and who has `delete_messages`.
    Delete {
        /// Where.
        room: RoomId,
        /// Who deletes.
        by: Standing,
    },
    /// An import says that it was sent. Again: nothing.
    Import {
        /// Where.
        room: RoomId,
        /// By whom.
        sender: UserId,
        /// What it says: at most [`crate::text::IMPORTED_MESSAGE_MAX`] characters, none if it only brought a file.
        text: String,
        /// What it answers; that it is of the same room is the importer's to see.
        reply_to: Option<MessageId>,
        /// When: the month is in its key's name.
        at: OffsetDateTime,
        /// Where it says so.
        imported: Origin,
    },
    /// An import says that its wording changed, once: what it was before, sources seldom tell.
    ImportEdit {
        /// Where.
        room: RoomId,
        /// What it says from now on.
        text: String,
        /// Where it says so.
        imported: Origin,
    },
}

/// The message that another answers, and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplyTo {
    /// Its id.
    pub id: MessageId,
    /// The room that it is in; none if there is no such message.
    pub room: Option<RoomId>,
}

impl ReplyTo {
    /// An answer to `message`, whose id is `id`.
    pub fn of(id: MessageId, message: &Message) -> Self {
        Self { id, room: message.room_id }
    }
}
