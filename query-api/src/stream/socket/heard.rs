//! What a client says.

use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};

use crate::stream::closing::Closing;

/// What a client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// A sign of life.
    Nothing,
    /// It asks up to where it was told everything.
    Ping,
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
}

pub(super) fn heard(said: Option<Result<Message, Error>>) -> Heard {
    match said {
        None => Heard::Left,
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(Said::Ping {}) => Heard::Ping,
            Err(_) => Heard::Wrong(Closing::NotUnderstood),
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
