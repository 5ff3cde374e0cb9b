//! What an auditor did: appended blindly, before they see anything.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::refusal::Refusal;

pub use command::AuditCommand;
pub use event::AuditEvent;

/// An auditor's accesses: nothing is decided from them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {}

impl Aggregate for Audit {
    const TYPE: &'static str = "audit";
    type Command = AuditCommand;
    type Event = AuditEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: AuditCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AuditEvent) {
        self.evolve(&event);
    }
}
