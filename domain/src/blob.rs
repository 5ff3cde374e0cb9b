//! The name that bytes of a digest are kept under. A name that was given up never comes back: whoever uploads the same
//! bytes then keeps them under the next.

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

pub use command::BlobCommand;
pub use event::BlobEvent;

/// How often the name of bytes was given up, as the last event tells: decided from that event alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenUp {
    /// How many names were.
    pub names: u32,
}

impl GivenUp {
    /// What bytes of this digest are called now.
    pub fn name(&self, digest: &str) -> String {
        if self.names == 0 { digest.to_owned() } else { format!("{digest}-{}", self.names) }
    }

    /// The digest in a name, which is the id of its stream.
    pub fn stream(name: &str) -> &str {
        name.split('-').next().unwrap_or(name)
    }
}

impl Aggregate for GivenUp {
    const TYPE: &'static str = "blob";
    type Command = BlobCommand;
    type Event = BlobEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: BlobCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: BlobEvent) {
        self.evolve(&event);
    }
}
