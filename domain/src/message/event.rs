//! What can happen to a message.

use serde::{Deserialize, Serialize};

use super::entity::{self, Entity, Names};
use crate::erasure::Erasure;
use crate::id::{FileId, MessageId, RoomId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to a message. Content is sealed with the key of its author, room and month; in a secret room with one
/// of its own.
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
        /// Who is mentioned in it by name; sealed in `content` is where.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
        /// Whether everybody is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mentions_all: bool,
        /// The message of the same room that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<MessageId>,
        /// Where it was said first, if it was forwarded: then its content is sealed with the key of who said it, in the
        /// room it came to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        forwarded_from: Option<ForwardedFrom>,
        /// The files that go with it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
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
        /// Who is mentioned in it by name; sealed in `content` is where.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        mentions: Vec<UserId>,
        /// Whether everybody is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        mentions_all: bool,
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
        /// In a secret room: its key was destroyed, so that no copy of it can be read, and those of what came with it and of
        /// what people reacted with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        erasure: Option<Erasure>,
    },
    /// It was pinned in its room.
    MessagePinned {
        /// Where.
        room_id: RoomId,
        /// By whom.
        by: UserId,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// Its pin was taken away.
    MessageUnpinned {
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
    MessagePinned => "message_pinned",
    MessageUnpinned => "message_unpinned",
} }

/// Where something was said that was forwarded: at the beginning, however often it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForwardedFrom {
    /// The message.
    pub message_id: MessageId,
    /// Its room.
    pub room_id: RoomId,
    /// Who said it.
    pub sender_id: UserId,
}

/// What a message says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// 1 to 16,384 characters; with files it may be empty.
    pub text: String,
    /// What the server found in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
}

impl Content {
    /// A text in which nothing is found, whatever it is.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), entities: vec![] }
    }

    /// A text and what is found in it: [`entity::find`].
    pub(super) fn of(text: String, names: &Names, all: bool) -> Self {
        let entities = entity::find(&text, names, all);
        Self { text, entities }
    }
}
