//! What a client says.

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};

use uuid::Uuid;

use crate::stream::closing::Closing;

/// Most people that a client watches.
const MOST_WATCHED: usize = 200;

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A sign of life.
    Nothing,
    /// It asks up to where it was told everything.
    Ping,
    /// Its user writes something in a room.
    Typing(Uuid),
    /// Its user looks away, or at it.
    Away(bool),
    /// Its user wants to know whether these people are there.
    Watch(Vec<Uuid>),
    /// It is gone, or about to be.
    Left,
    /// What ends it.
    Wrong(Closing),
}

/// A client's message.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Ping {},
    Typing { room_id: Uuid },
    Presence { state: Looking },
    Watch { user_ids: Vec<Uuid> },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Looking {
    Online,
    Away,
}

pub(super) fn heard(said: Option<Result<Message, Error>>) -> Heard {
    match said {
        None => Heard::Left,
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(Said::Ping {}) => Heard::Ping,
            Ok(Said::Typing { room_id }) => Heard::Typing(room_id),
            Ok(Said::Presence { state }) => Heard::Away(matches!(state, Looking::Away)),
            Ok(Said::Watch { user_ids }) if user_ids.len() <= MOST_WATCHED => Heard::Watch(user_ids),
            Ok(Said::Watch { .. }) | Err(_) => Heard::Wrong(Closing::NotUnderstood),
        },
        Some(Ok(Message::Binary(_))) => Heard::Wrong(Closing::Binary),
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_))) => Heard::Nothing,
        Some(Err(error)) => wrong(&error),
    }
}

fn wrong(error: &Error) -> Heard {
    #[expect(clippy::wildcard_enum_match_arm, reason = "whatever else goes wrong, nothing can be said any more")]
    match error {
        Error::Utf8(_) => Heard::Wrong(Closing::NotUtf8),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => Heard::Wrong(Closing::TooLong),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Heard::Left,
        Error::Protocol(_) => Heard::Wrong(Closing::Protocol),
        _ => Heard::Left,
    }
}
