//! Retention: a room that keeps its messages for a time only loses those that are older, month by month.
//!
//! In dialogs and groups what somebody wrote in a room in a month has one key: once all of the month is older than the room
//! keeps messages for, the key is destroyed. That is on record in the stream `retention-{room}`, which nothing else is
//! decided from. Messages of secret rooms, which have a key each, are deleted one by one.

mod command;
mod decide;
mod event;
mod evolve;
mod period;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::ErasureId;
use crate::refusal::Refusal;

pub use command::RetentionCommand;
pub use event::RetentionEvent;
pub use period::{NoPeriod, Period};

/// What a room has lost, as the last event tells: decided from that event alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// The last erasure; none before the first.
    pub last: Option<ErasureId>,
}

impl Aggregate for Expiry {
    const TYPE: &'static str = "retention";
    type Command = RetentionCommand;
    type Event = RetentionEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: RetentionCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: RetentionEvent) {
        self.evolve(&event);
    }
}
