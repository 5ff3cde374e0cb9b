//! What imports tell, whatever they read it from.

use std::path::PathBuf;

use domain::file::Told;
use domain::id::{FileId, MessageId, RoleId, RoomId, UserId};
use domain::imported::Origin;
use domain::message::Names;
use domain::room::Visibility;
use time::OffsetDateTime;

/// A fact and when it happened.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dated {
    pub(crate) at: OffsetDateTime,
    pub(crate) origin: Origin,
    pub(crate) fact: Fact,
}

/// What imports tell, whatever they read it from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// Who is known to have the email here keeps their account, and is meant wherever `user` is.
    Registered {
        user: UserId,
        email: Option<String>,
        display_name: String,
        /// Of who is not, the email is not taken: nobody signs in to what they lost elsewhere.
        active: bool,
    },
    RoomCreated {
        room: RoomId,
        shape: Shape,
        topic: Option<String>,
    },
    RoomRenamed {
        room: RoomId,
        name: String,
        /// Who did it, if the source tells.
        by: Option<UserId>,
    },
    TopicChanged {
        room: RoomId,
        topic: String,
        by: Option<UserId>,
    },
    /// `owner` makes the role of those who look after the room beside them.
    ModeratorsMade {
        room: RoomId,
        owner: UserId,
        role: RoleId,
    },
    /// `owner` gives somebody that role.
    MadeModerator {
        room: RoomId,
        owner: UserId,
        role: RoleId,
        user: UserId,
    },
    Joined {
        room: RoomId,
        user: UserId,
        /// Whether the source says only that they are there.
        founding: bool,
    },
    Left {
        room: RoomId,
        user: UserId,
    },
    /// How somebody wants to have a room.
    Preferred {
        room: RoomId,
        user: UserId,
        muted: bool,
        pinned: bool,
    },
    /// A file that goes with the messages that are told after it.
    File {
        id: FileId,
        /// Where the first of them is.
        room: RoomId,
        owner: UserId,
        filename: String,
        told: Told,
        /// Where its bytes are, if they are here.
        bytes: Option<PathBuf>,
    },
    Message {
        id: MessageId,
        room: RoomId,
        sender: UserId,
        text: String,
        names: Names,
        reply_to: Option<MessageId>,
        files: Vec<FileId>,
    },
    /// When the wording that [`Fact::Message`] told came to be; what it was before, sources do not tell.
    Edited {
        id: MessageId,
        room: RoomId,
        text: String,
        names: Names,
    },
    Reacted {
        id: MessageId,
        room: RoomId,
        user: UserId,
        emoji: String,
    },
    Pinned {
        id: MessageId,
        room: RoomId,
        user: UserId,
    },
    Archived {
        room: RoomId,
        by: Option<UserId>,
    },
    Unarchived {
        room: RoomId,
        by: Option<UserId>,
    },
}

/// What kind of room it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Shape {
    Group {
        name: String,
        visibility: Visibility,
        owner: Option<UserId>,
    },
    /// The room that these two have. Its id is that of whom they are here: others name it as the source's people have it.
    Dialog([UserId; 2]),
}

impl Fact {
    /// The room it is about: what happens in one is told in its order.
    pub(crate) fn room(&self) -> Option<RoomId> {
        match self {
            Self::Registered { .. } => None,
            Self::RoomCreated { room, .. }
            | Self::RoomRenamed { room, .. }
            | Self::TopicChanged { room, .. }
            | Self::ModeratorsMade { room, .. }
            | Self::MadeModerator { room, .. }
            | Self::Joined { room, .. }
            | Self::Left { room, .. }
            | Self::Preferred { room, .. }
            | Self::File { room, .. }
            | Self::Message { room, .. }
            | Self::Edited { room, .. }
            | Self::Reacted { room, .. }
            | Self::Pinned { room, .. }
            | Self::Archived { room, .. }
            | Self::Unarchived { room, .. } => Some(*room),
        }
    }
}
