//! How far somebody has read a room.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::{RoomId, UserId};
use crate::refusal::Refusal;

pub use command::ReadingCommand;
pub use event::ReadingEvent;

/// How far somebody has read a room, as the last event left it: decided from that event alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// They have read up to this position of the log; 0 is nothing.
    pub position: i64,
}

impl Reading {
    /// The id of the stream of `user`'s reading of `room`.
    pub fn stream(room: RoomId, user: UserId) -> String {
        format!("{room}:{user}")
    }
}

impl Aggregate for Reading {
    const TYPE: &'static str = "reading";
    type Command = ReadingCommand;
    type Event = ReadingEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: ReadingCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ReadingEvent) {
        self.evolve(&event);
    }
}
