//! Messages.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::shape::File;

/// A message of a room, with its current wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: Uuid,
    /// Where it was sent.
    pub room_id: Uuid,
    /// By whom; of a notice, whose doing it was.
    pub sender_id: Uuid,
    /// A message, or a notice of what happened in the room.
    #[schema(value_type = MessageType)]
    pub r#type: String,
    /// What became of it.
    #[schema(value_type = MessageStatus)]
    pub status: String,
    /// What it says: nothing once it is deleted or its author is erased.
    pub data: Data,
    /// How people reacted: an entry for each emoji, what most chose first; at most 50, one's own among them.
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
    /// Links, code and mentions in the text, in their order; left away where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub entities: Option<Vec<Entity>>,
    /// The files that go with it and are there, in order; left away where it came without.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub files: Option<Vec<File>>,
    /// The message of the same room that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reply_to: Option<Uuid>,
    /// Where it was said first, if it was forwarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub forwarded_from: Option<ForwardedFrom>,
    /// Of a notice, what happened: the event's stored `type`, such as `membership_added` or `room_renamed`, and what
    /// can be read of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Object, example = json!({"type": "room_renamed", "name": "Engine room"}))]
    pub event: Option<Value>,
}

/// A part of a text that means something. Places and lengths are counted in characters: Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entity {
    /// What it is.
    #[schema(value_type = EntityType)]
    pub r#type: String,
    /// Where it begins.
    #[schema(example = 0)]
    pub offset: i64,
    /// How long it is: with the backticks of code, with the `@` of a mention.
    #[schema(example = 4)]
    pub length: i64,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub user_id: Option<Uuid>,
}

/// What a part of a text is.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EntityType {
    /// An address of the web, `http` or `https`.
    Link,
    /// Code: between backticks in a line, or between two lots of three.
    Code,
    /// A member by their display name.
    Mention,
    /// Everybody, by `@all`.
    MentionAll,
}

/// Where something was said that was forwarded: at the beginning, however often it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ForwardedFrom {
    /// The message.
    pub message_id: Uuid,
    /// Its room.
    pub room_id: Uuid,
    /// Who said it.
    pub sender_id: Uuid,
}

/// How many reacted to a message with one emoji.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
    /// Something happened to the room.
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
