//! A room of a story.

use uuid::Uuid;

/// A room of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room(pub(crate) Uuid);

impl Room {
    /// Below the room: `path("/messages")`.
    pub(crate) fn path(self, below: &str) -> String {
        format!("/v1/rooms/{}{below}", self.0)
    }

    /// A message's address, and what is below it: `message(&sent, "/pin")`.
    pub(crate) fn message(self, sent: &Sent, below: &str) -> String {
        self.path(&format!("/messages/{}{below}", sent.id))
    }
}

/// A message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) id: Uuid,
    pub(crate) position: i64,
}
