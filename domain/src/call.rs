//! A call in a room: who is in it, and how it ended. What is said in it goes from person to person and never here.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::refusal::Refusal;

pub use command::CallCommand;
pub use event::{CallEvent, Departure, Media, Outcome};

/// The kind of claim by which a room has one call at a time: taken by the call's start, given back by its end.
pub const CALL_CLAIM: &str = "call";

/// Most people in a call at once.
pub const PARTICIPANTS_MOST: usize = 100;

/// Most times that people join one call, so that its stream stays short.
pub const JOINS_MOST: usize = 1000;

/// A call as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// In which room; none of a call that was never started.
    pub room_id: Option<RoomId>,
    /// Who started it.
    pub started_by: Option<UserId>,
    /// Who is in it.
    pub present: BTreeSet<UserId>,
    /// Who was in it and left, or declined.
    pub parted: BTreeSet<UserId>,
    /// Whether somebody else than who started it ever joined.
    pub answered: bool,
    /// How often somebody joined.
    pub joins: usize,
    /// Whether it is over.
    pub ended: bool,
}

impl Call {
    /// Refuses who is not in the call: to them, who see it, it is over or goes on without them.
    pub fn participant(&self, user: UserId) -> Result<(), Refusal> {
        match () {
            () if self.ended => Err(Refusal::CallEnded),
            () if self.present.contains(&user) => Ok(()),
            () => Err(Refusal::NotInTheCall),
        }
    }
}

impl Aggregate for Call {
    const TYPE: &'static str = "call";
    type Command = CallCommand;
    type Event = CallEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: CallCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: CallEvent) {
        self.evolve(&event);
    }
}
