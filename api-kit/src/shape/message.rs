//! Messages.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;

/// A message of a room, with its current wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// Where it was sent.
    pub room_id: Uuid,
    /// By whom.
    pub sender_id: Uuid,
    /// A message, or a notice of what happened in the room.
    #[schema(value_type = MessageType)]
    pub r#type: String,
    /// What became of it.
    #[schema(value_type = MessageStatus)]
    pub status: String,
    /// What it says: nothing once it is deleted or its author is erased.
    pub data: Data,
    /// How people reacted.
    pub reactions: Vec<Reaction>,
    /// How many others have read it: exact up to 100.
    pub seen_count: i64,
    /// Whether it is pinned.
    pub pinned: bool,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When its wording last changed.
    pub edited_at: Option<Timestamp>,
    /// The place of its sending in the log: its place in the room.
    pub position: i64,
    /// Counts the changes of the message.
    #[schema(example = 1)]
    pub version: i64,
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Data {
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Hello!")]
    pub text: Option<String>,
    /// The message of the same room that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reply_to: Option<Uuid>,
}

/// How many reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reaction {
    /// The emoji.
    pub emoji: String,
    /// How many.
    pub count: i64,
    /// Whether the viewer is among them.
    pub mine: bool,
}

/// What kind of message it is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MessageType {
    /// Somebody said something.
    Message,
    /// Something happened in the room.
    Event,
    /// Somebody came in.
    UserJoined,
    /// Somebody went.
    UserLeft,
    /// A call.
    Call,
}

/// What became of a message.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MessageStatus {
    /// As it was sent.
    Sent,
    /// Its wording was changed.
    Edited,
    /// It keeps its place and says nothing.
    Deleted,
}
