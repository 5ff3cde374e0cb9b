//! What can happen to a call.

use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};

/// What happened to a call. Nothing of it is sealed: it tells who, when and how, and not a word of what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallEvent {
    /// It was started, and rings.
    CallStarted {
        /// Where.
        room_id: RoomId,
        /// Who started it, and is in it.
        by: UserId,
        /// Of what kind.
        media: Media,
    },
    /// Somebody came into it.
    CallJoined {
        /// Where.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
    },
    /// Somebody who never was in it will not come.
    CallDeclined {
        /// Where.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
    },
    /// Somebody is in it no longer.
    CallLeft {
        /// Where.
        room_id: RoomId,
        /// Who.
        user_id: UserId,
        /// How that came.
        why: Departure,
    },
    /// It is over.
    CallEnded {
        /// Where.
        room_id: RoomId,
        /// Who ended it, or was the last to leave or decline; nobody where it ended by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        /// What came of it.
        outcome: Outcome,
    },
}

/// What a call is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// Voices.
    Audio,
    /// Voices and pictures.
    Video,
}

/// How somebody came to be in a call no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Departure {
    /// They said so.
    Left,
    /// They were not seen on a socket for too long.
    Gone,
    /// They are no member of the room any more.
    Removed,
}

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// There was one.
    Answered,
    /// Nobody came.
    Missed,
    /// In a room of two the other would not.
    Declined,
}

crate::stored::stored_events! { CallEvent {
    CallStarted => "call_started",
    CallJoined => "call_joined",
    CallDeclined => "call_declined",
    CallLeft => "call_left",
    CallEnded => "call_ended",
} }
