//! A file: a record of who has which bytes, and where they may be seen. The bytes are elsewhere, in a blob.
//!
//! Several records may refer to one blob: the same bytes uploaded twice, and what is forwarded. So a record can end and
//! the bytes live on for another.

mod command;
mod decide;
mod event;
mod evolve;
pub mod media_type;
pub mod name;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::{FileId, MessageId, RoomId, UserId, derived};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

pub use command::{Asker, FileCommand, Source, To};
pub use event::{Blob, FileEvent, Grantee, Preview, Secret, SecretPreview, Told};

/// Most files that go with one message: each is a stream that its sending moves.
pub const FILES_MAX: usize = 20;

/// Most places that a file is granted to, each message that it goes with counted: a file's stream stays short.
pub const PLACES_MAX: usize = 500;

/// Changes of a file after which it is granted to no place any more, whatever it was taken from: its stream stays short.
pub const CHANGES_MAX: usize = 2_000;

/// A file as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Whether it was ever made.
    pub exists: bool,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Who uploaded or forwarded it.
    pub owner_id: Option<UserId>,
    /// Who uploaded it in the beginning: it ends with them.
    pub author_id: Option<UserId>,
    /// What people see it called; none once its key is destroyed.
    pub filename: Option<String>,
    /// What its name is sealed with; of a secret room's file, its bytes too. Of a name that was sealed before names had
    /// keys of their own, its author's.
    pub key: Option<KeyName>,
    /// Its bytes; none if an import described it without them.
    pub blob: Option<Blob>,
    /// The secret room that it was uploaded for, and stays in.
    pub room_id: Option<RoomId>,
    /// People who may see it.
    pub users: BTreeSet<UserId>,
    /// Rooms whose members may see it, and what it came there by.
    pub rooms: BTreeMap<RoomId, Vec<Way>>,
    /// Rooms that it ever came into, whatever it was taken from since.
    pub came_into: BTreeSet<RoomId>,
    /// Counts its events.
    pub events: i64,
}

/// What a file came into a room by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The message that it goes with; none if its owner gave the room access.
    pub message_id: Option<MessageId>,
    /// Sequence of the event: who sees no history sees what came after them.
    pub since: i64,
}

impl File {
    /// Whether it can be seen by anybody.
    pub fn is_there(&self) -> bool {
        self.exists && !self.deleted && self.filename.is_some()
    }

    /// The id of the record that a forward makes of the `ordinal`th file of a message: `message` is the new one.
    pub fn forwarded_id(message: MessageId, ordinal: usize) -> FileId {
        FileId(derived("forwarded-file", &format!("{message}/{ordinal}")))
    }

    /// Refuses what cannot be the picture of `user`.
    pub fn pictures(&self, user: UserId) -> Result<(), Refusal> {
        let refuse = |detail: &str| Err(Refusal::invalid("/avatar_file_id", detail));
        match () {
            () if !self.is_there() || self.owner_id != Some(user) => refuse("you have no such file"),
            () if self.room_id.is_some() => refuse("stays in the secret room that it was uploaded for"),
            () => Ok(()),
        }
    }

    fn places(&self) -> usize {
        self.users.len() + self.rooms.values().map(Vec::len).sum::<usize>()
    }
}

impl Aggregate for File {
    const TYPE: &'static str = "file";
    type Command = FileCommand;
    type Event = FileEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: FileCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: FileEvent) {
        self.evolve(&event);
    }
}
