//! A frame: what one event changed, made once for all who are told.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use api_kit::Problem;

/// What one event changed, without what differs by client: that is put before it, as it is sent.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) position: i64,
    /// The members after `position` and `prev_position`, and the closing brace.
    rest: Bytes,
}

/// The members of a frame that are the same for all. What is none is left out.
#[derive(Default, Serialize)]
pub(super) struct Body<'a> {
    pub(super) r#type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<Uuid>,
    /// All that it shows is shown as of here.
    pub(super) as_of: i64,
    pub(super) data: Value,
    /// A message of the room that is there or changed besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'a Value>,
    /// The room, where it changed besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room: Option<&'a Value>,
    /// Of a reaction, whose it is and all that they chose now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reaction: Option<&'a Value>,
    /// Of reading, each step of it: the position of its event, from where, and up to where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) steps: Option<&'a [(i64, i64, i64)]>,
}

impl Body<'_> {
    pub(super) fn at(&self, position: i64) -> Result<Frame, Problem> {
        let text = serde_json::to_vec(self).map_err(Problem::internal)?;
        Ok(Frame { position, rest: Bytes::from(text).slice(1..) })
    }
}

impl Frame {
    /// The text for a client that was sent the frame of position `previous` before, and takes this for `position`.
    pub(super) fn at(&self, position: i64, previous: i64) -> String {
        let rest = String::from_utf8_lossy(&self.rest);
        let mut text = String::with_capacity(rest.len() + 64);
        text.push_str("{\"position\":");
        text.push_str(&position.to_string());
        text.push_str(",\"prev_position\":");
        text.push_str(&previous.to_string());
        text.push(',');
        text.push_str(&rest);
        text
    }
}
