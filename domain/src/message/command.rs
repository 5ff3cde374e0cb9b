//! What can be asked of a message.

use time::OffsetDateTime;

use super::{ForwardedFrom, Message, Names};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::Standing;
use crate::sealed::KeyName;

/// What is asked of a message. `room` is the room where the asker sees it; one that is elsewhere is not found.
#[derive(Clone, Debug, PartialEq)]
pub enum MessageCommand {
    /// Sends it. Needs `send_messages`, and `send_files` with files.
    Send {
        /// Its id: in a secret room it is in its key's name.
        id: MessageId,
        /// Where.
        room: RoomId,
        /// Who sends.
        by: Standing,
        /// What it says: 1 to [`crate::text::MESSAGE_MAX`] characters; with files it may be empty.
        text: String,
        /// The files that go with it: that they are the sender's, and may, is theirs to say.
        files: Vec<FileId>,
        /// Those of [`super::entity::names`] in it that are names of members.
        names: Names,
        /// What it answers.
        reply_to: Option<ReplyTo>,
        /// When: elsewhere the month is in its key's name.
        at: OffsetDateTime,
    },
    /// Brings what another message says into a room. Needs to see that one, and `send_messages` here.
    Forward {
        /// Its id: in a secret room it is in its key's name.
        id: MessageId,
        /// Where to.
        room: RoomId,
        /// Who forwards, where they stand there.
        by: Standing,
        /// What.
        source: Source,
        /// The records that were made of its files.
        files: Vec<FileId>,
        /// When: elsewhere the month is in its key's name.
        at: OffsetDateTime,
    },
    /// Changes its wording. Only its sender may, while they have `send_messages`; [`super::EDITS_MAX`] times, and not
    /// once the edits have [`super::EDITED_MAX`] characters.
    Edit {
        /// Where.
        room: RoomId,
        /// Who edits.
        by: Standing,
        /// What it says from now on.
        text: String,
        /// Those of [`super::entity::names`] in it that are names of members.
        names: Names,
    },
    /// Deletes it, and in a secret room destroys its key with it. Its sender may, also one who is blocked, and who has
    /// `delete_messages`.
    Delete {
        /// Where.
        room: RoomId,
        /// Who deletes.
        by: Standing,
        /// In a secret room, the keys of what people reacted with: [`crate::reaction::Reaction::key`].
        reactions: Vec<KeyName>,
    },
    /// Destroys it, in a secret room, as older than the room keeps messages for; that it is so is the caller's to see. One
    /// that is deleted, or of another kind of room: nothing.
    Expire {
        /// Where.
        room: RoomId,
        /// The keys of what people reacted with.
        reactions: Vec<KeyName>,
    },
    /// Pins it. Needs `pin_messages`; again: nothing. [`super::PINS_MAX`] times.
    Pin {
        /// Where.
        room: RoomId,
        /// Who pins.
        by: Standing,
    },
    /// Takes its pin away. Needs `pin_messages`; what is not pinned: nothing.
    Unpin {
        /// Where.
        room: RoomId,
        /// Who unpins.
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
        /// Those of [`super::entity::names`] in it that mention people, members by now or not.
        names: Names,
        /// What it answers; that it is of the same room is the importer's to see.
        reply_to: Option<MessageId>,
        /// The files that went with it, at most [`crate::file::FILES_MAX`]; that they are there is the importer's to see.
        files: Vec<FileId>,
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
        /// Those of [`super::entity::names`] in it that mention people, members by now or not.
        names: Names,
        /// Where it says so.
        imported: Origin,
    },
    /// An import says that somebody pinned it. Again, and if its pin was taken away since: nothing.
    ImportPin {
        /// Where.
        room: RoomId,
        /// Who pinned.
        user: UserId,
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

/// A message that is forwarded, and where who forwards it sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Where they stand in the room where they see it.
    pub(super) by: Standing,
    /// Whether it is in that room.
    pub(super) there: bool,
    /// Its current wording; none once it is deleted or its key is destroyed.
    pub(super) text: Option<String>,
    /// Where it was said first.
    pub(super) from: Option<ForwardedFrom>,
}

impl Source {
    /// `message`, whose id is `id`, as somebody who stands there `by` sees it in `room`.
    pub fn of(room: RoomId, by: Standing, id: MessageId, message: &Message) -> Self {
        let here = message.sender_id.map(|sender_id| ForwardedFrom { message_id: id, room_id: room, sender_id });
        Self {
            by,
            there: message.is_in(room).is_ok(),
            text: message.text.clone(),
            from: message.forwarded_from.or(here),
        }
    }
}

impl ReplyTo {
    /// An answer to `message`, whose id is `id`.
    pub fn of(id: MessageId, message: &Message) -> Self {
        Self { id, room: message.room_id }
    }
}
