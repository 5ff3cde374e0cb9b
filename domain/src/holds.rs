//! Legal holds: what must not be erased, whoever asks for it.
//!
//! One stream for the whole instance, which every erasure is guarded by: of a hold and an erasure of the same moment one is
//! first, and the other sees it.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::file::File;
use crate::id::{HoldId, RoomId, UserId};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month};

pub use command::HoldsCommand;
pub use event::HoldsEvent;

/// The legal holds of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// Every hold that was ever placed: an id is used once.
    pub placed: BTreeMap<HoldId, Hold>,
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// What it keeps.
    pub keeps: Kept,
    /// Why, in the words of who placed it.
    pub reason: Option<String>,
    /// Whether it was lifted: then it keeps nothing.
    pub lifted: bool,
}

/// What a hold keeps: what was written in a room, by a user, or by that user in that room. Not both are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// In this room; none is everywhere.
    pub room_id: Option<RoomId>,
    /// By this user; none is everybody.
    pub user_id: Option<UserId>,
}

/// Kind of the claims on somebody's words in a room, which whoever brings them there and their erasure both take.
pub const WORDS_CLAIM: &str = "words";

/// What such a claim is on: the words of `author` that came into `room` in the month of `at`.
pub fn words(author: UserId, room: RoomId, at: OffsetDateTime) -> Vec<u8> {
    KeyName::content(author, room, Month::of(at)).as_str().as_bytes().to_vec()
}

/// Kind of the claims on what somebody forwarded of another's words, which whoever forwards and the other's erasure both
/// take: those words end with the other's keys, and a hold on who forwarded keeps them.
pub const FORWARDED_CLAIM: &str = "forwarded";

/// What such a claim is on: what `by` forwarded of the words of `author`, into `room` or wherever it was.
pub fn forwarded(by: UserId, author: UserId, room: Option<RoomId>) -> Vec<u8> {
    match room {
        Some(room) => format!("{by}:{author}:{room}").into_bytes(),
        None => format!("{by}:{author}").into_bytes(),
    }
}

/// What such a claim is on: what `by` forwarded, as far as `key` seals it.
pub fn forwarded_with(by: UserId, key: &KeyName) -> Vec<u8> {
    format!("{by}:{}", key.as_str()).into_bytes()
}

impl Kept {
    /// Whether it covers what `author` wrote in `room`.
    fn covers(self, author: UserId, room: RoomId) -> bool {
        self.room_id.is_none_or(|kept| kept == room) && self.user_id.is_none_or(|kept| kept == author)
    }
}

impl Holds {
    /// The id of the one stream there is.
    pub const STREAM: &'static str = "instance";

    /// What is kept.
    pub fn in_force(&self) -> impl Iterator<Item = Kept> {
        self.placed.values().filter(|hold| !hold.lifted).map(|hold| hold.keeps)
    }

    /// Refuses to erase what `author` wrote in `room`.
    pub fn let_go(&self, author: UserId, room: RoomId) -> Result<(), Refusal> {
        if self.in_force().any(|kept| kept.covers(author, room)) { Err(Refusal::LegalHold) } else { Ok(()) }
    }

    /// Refuses to end a room of which anything is held.
    pub fn let_room_go(&self, room: RoomId) -> Result<(), Refusal> {
        if self.in_force().any(|kept| kept.room_id == Some(room)) { Err(Refusal::LegalHold) } else { Ok(()) }
    }

    /// Refuses to erase what is of `user` alone, whatever room it is in.
    pub fn let_user_go(&self, user: UserId) -> Result<(), Refusal> {
        if self.in_force().any(|kept| kept.user_id == Some(user)) { Err(Refusal::LegalHold) } else { Ok(()) }
    }

    /// Refuses to take away a file's bytes, if they are held where it ever was.
    pub fn let_file_go(&self, file: &File) -> Result<(), Refusal> {
        for user in [file.owner_id, file.author_id].into_iter().flatten() {
            if self.in_force().any(|kept| kept.user_id == Some(user) && kept.room_id.is_none()) {
                return Err(Refusal::LegalHold);
            }
            for room in file.came_into.iter().chain(&file.room_id) {
                self.let_go(user, *room)?;
            }
        }
        Ok(())
    }

    /// The people of whom something is held in `room`.
    pub fn people_in(&self, room: RoomId) -> impl Iterator<Item = UserId> {
        self.in_force().filter(move |kept| kept.room_id.is_none_or(|kept| kept == room)).filter_map(|kept| kept.user_id)
    }

    /// The people of whom all is held, wherever it is: what is in no room too.
    pub fn people(&self) -> impl Iterator<Item = UserId> {
        self.in_force().filter(|kept| kept.room_id.is_none()).filter_map(|kept| kept.user_id)
    }

    /// The rooms that are held whoever wrote in them.
    pub fn rooms(&self) -> Vec<RoomId> {
        self.in_force().filter(|kept| kept.user_id.is_none()).filter_map(|kept| kept.room_id).collect()
    }
}

impl Aggregate for Holds {
    const TYPE: &'static str = "holds";
    type Command = HoldsCommand;
    type Event = HoldsEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: HoldsCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: HoldsEvent) {
        self.evolve(&event);
    }
}
