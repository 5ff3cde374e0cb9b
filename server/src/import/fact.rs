//! What imports tell, whatever they read it from.

use domain::id::{MessageId, RoomId, UserId};
use domain::imported::Origin;
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
    Registered {
        user: UserId,
        email: Option<String>,
        display_name: String,
    },
    RoomCreated {
        room: RoomId,
        name: String,
        topic: Option<String>,
    },
    RoomRenamed {
        room: RoomId,
        name: String,
    },
    TopicChanged {
        room: RoomId,
        topic: String,
    },
    Joined {
        room: RoomId,
        user: UserId,
    },
    Left {
        room: RoomId,
        user: UserId,
    },
    Message {
        id: MessageId,
        room: RoomId,
        sender: UserId,
        text: String,
        reply_to: Option<MessageId>,
    },
    /// When the wording that [`Fact::Message`] told came to be; what it was before, sources do not tell.
    Edited {
        id: MessageId,
        room: RoomId,
        text: String,
    },
    Archived {
        room: RoomId,
    },
}
