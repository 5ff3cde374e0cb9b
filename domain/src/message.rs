//! A message of a room.

mod command;
mod decide;
pub mod entity;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::erasure::Erasure;
use crate::id::{FileId, RoomId, UserId};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

pub use command::{MessageCommand, ReplyTo, Source};
pub use entity::{Entity, Names};
pub use event::{Content, ForwardedFrom, MessageEvent};

/// Most edits of a message: its stream is read whole by every command on it, and stays short.
pub const EDITS_MAX: usize = 1_000;

/// Characters of a message's edits, all together, from which on it is edited no more: long wordings come to it before
/// [`EDITS_MAX`].
pub const EDITED_MAX: usize = 1 << 20;

/// How often a message is pinned, so that its stream stays short.
pub const PINS_MAX: usize = 500;

/// A message as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Message {
    /// Whether it was ever sent.
    pub exists: bool,
    /// Where.
    pub room_id: Option<RoomId>,
    /// By whom.
    pub sender_id: Option<UserId>,
    /// Where it was said first, if it was forwarded.
    pub forwarded_from: Option<ForwardedFrom>,
    /// Its current wording; none once it is deleted or its key is destroyed.
    pub text: Option<String>,
    /// The files that go with it; none once it is deleted.
    pub files: Vec<FileId>,
    /// What its content is sealed with: every wording with the key of the month it was sent in, so that destroying that
    /// month leaves none of them; in a secret room with the key of the message.
    pub key: Option<KeyName>,
    /// The keys of the files that go with it, deleted or not: those of a secret room end with it.
    pub file_keys: Vec<KeyName>,
    /// What its deletion destroyed, if anything.
    pub destroyed: Option<Erasure>,
    /// How often its wording changed.
    pub edits: usize,
    /// How many characters it was changed to, all together.
    pub edited: usize,
    /// Whether it was deleted; it keeps its place.
    pub deleted: bool,
    /// Whether it is pinned in its room.
    pub pinned: bool,
    /// How often it was pinned.
    pub pins: usize,
    /// Whether a pin of it was ever taken away: an import does not bring it back.
    pub was_unpinned: bool,
}

impl Message {
    /// What deleting it destroyed. While it is there, what of its own that destroys: in a secret room its key and those of its
    /// files, elsewhere nothing.
    pub fn erasure(&self) -> Option<Erasure> {
        if self.destroyed.is_some() {
            return self.destroyed.clone();
        }
        let key = self.key.clone().filter(KeyName::is_of_a_message)?;
        Some(Erasure::of(key).with(self.file_keys.iter().cloned()))
    }
}

impl Aggregate for Message {
    const TYPE: &'static str = "message";
    type Command = MessageCommand;
    type Event = MessageEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: MessageCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: MessageEvent) {
        self.evolve(&event);
    }
}
