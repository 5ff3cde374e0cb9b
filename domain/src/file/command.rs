//! What can be asked of a file.

use super::{Blob, File, Grantee, Secret, Told};
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Origin;
use crate::permission::Standing;

/// What is asked of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum FileCommand {
    /// Makes it, once its bytes are safe.
    Upload {
        /// Its id: it is in its key's name.
        id: FileId,
        /// Whose it is.
        owner: UserId,
        /// What it is called, as given: cleaned by [`super::name::clean`].
        filename: String,
        /// Its bytes.
        blob: Blob,
        /// The secret room that it is for, and what opens it. Needs `send_files` there.
        secret: Option<(RoomId, Standing, Secret)>,
    },
    /// An import says that somebody shared it. Again: nothing, unless its bytes are here for the first time.
    Import {
        /// Its id: it is in its key's name.
        id: FileId,
        /// Whose it is.
        owner: UserId,
        /// What it is called, as given.
        filename: String,
        /// What the source says of its bytes, as given: cleaned by [`super::media_type::clean`].
        told: Told,
        /// Its bytes, if they are here.
        blob: Option<Blob>,
        /// Where it says so.
        imported: Origin,
    },
    /// An import says that it went with a message. Again, of what is not there any more, and where it has no more
    /// places: nothing.
    ImportSend {
        /// Where.
        room: RoomId,
        /// The message.
        message: MessageId,
    },
    /// Makes it of another, for a message that is forwarded to a room. That who forwards may is the message's to say.
    Forward {
        /// The id of the new one: it is in its key's name.
        id: FileId,
        /// Who forwards.
        by: UserId,
        /// Of what.
        source: Source,
        /// Where to.
        room: RoomId,
        /// The new message.
        message: MessageId,
    },
    /// Has it go with a message: the room's members may see it. Only its owner sends it; that they may send files is
    /// the message's to say.
    Send {
        /// Who sends, where they stand in the room.
        by: Standing,
        /// Where.
        room: RoomId,
        /// The message.
        message: MessageId,
        /// Its place among the message's files.
        ordinal: usize,
    },
    /// Lets somebody see it. Only its owner may; again: nothing.
    Grant {
        /// Who asks.
        by: Asker,
        /// Whom.
        to: To,
    },
    /// Lets them not any more, whatever it came to them by. Only its owner may; whom it is not granted: nothing.
    Revoke {
        /// Who asks.
        by: Asker,
        /// Whom.
        from: Grantee,
    },
    /// The message that it went with was deleted: its room sees it no more by that, and a secret room's file ends.
    Withdraw {
        /// Who deleted the message.
        by: UserId,
        /// Where it was.
        room: RoomId,
        /// The message.
        message: MessageId,
    },
    /// The message that it went with is older than its room keeps messages: as if that was deleted, and what can be seen
    /// nowhere else ends for good with its name, unless it is `kept`. Again: nothing.
    Expire {
        /// Where it was.
        room: RoomId,
        /// The message.
        message: MessageId,
        /// Whether something else keeps it: a legal hold, or that it is its owner's picture.
        kept: bool,
    },
    /// Deletes it. Only its owner may.
    Delete {
        /// Who asks.
        by: Asker,
    },
}

/// Who asks for something of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asker {
    /// Who.
    pub user: UserId,
    /// Whether they may see it; of its owner nothing depends on it.
    pub sees: bool,
}

/// Whom a file is granted.
#[derive(Clone, Debug, PartialEq)]
pub enum To {
    /// One person; that they exist is the caller's to see.
    User(UserId),
    /// A room's members: needs `send_files` there.
    Room(RoomId, Standing),
}

/// A file that is forwarded with its message.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its id.
    pub(super) id: FileId,
    /// What it is.
    pub(super) file: File,
}

impl Source {
    /// `file`, whose id is `id`.
    pub fn of(id: FileId, file: &File) -> Self {
        Self { id, file: file.clone() }
    }
}
