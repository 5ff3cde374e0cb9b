//! A frame of the stream.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

/// A frame of the stream.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Frame {
    /// What happened: the stored type of an event, `read`; or `ready`, `reset`, `pong`, and what is never stored.
    pub r#type: String,
    /// Its place in the log.
    #[serde(default)]
    pub position: Option<i64>,
    /// The place of the frame before.
    #[serde(default)]
    pub prev_position: Option<i64>,
    /// Where it happened.
    #[serde(default)]
    pub room_id: Option<Uuid>,
    /// What a `GET` of the thing would answer, without what differs by who looks.
    #[serde(default)]
    pub data: Value,
    /// A message of the room that is there or changed besides.
    #[serde(default)]
    pub message: Option<Value>,
    /// The room, where it changed besides.
    #[serde(default)]
    pub room: Option<Value>,
    /// Of a reaction, whose it is, and all that they chose now.
    #[serde(default)]
    pub reaction: Option<Value>,
    /// Of reading, each step: the position of its event, from where, and up to where.
    #[serde(default)]
    pub steps: Vec<(i64, i64, i64)>,
    /// All that it shows is shown as of this position.
    #[serde(default)]
    pub as_of: i64,
}

/// Where a frame is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FramePlace {
    r#type: String,
    /// Its place in the log.
    #[serde(default)]
    pub position: Option<i64>,
    /// The place of the frame before.
    #[serde(default)]
    pub prev_position: Option<i64>,
}

impl FramePlace {
    /// Whether the server says with it up to where it has told everything.
    pub fn is_pong(&self) -> bool {
        self.r#type == "pong"
    }
}
