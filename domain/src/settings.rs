//! A user's settings: a JSON object of their clients, replaced as a whole.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::refusal::Refusal;

pub use command::SettingsCommand;
pub use event::SettingsEvent;

/// A user's settings as the last event left them: decided from that event alone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// None while never set, and once the user's key is destroyed.
    pub settings: Option<Value>,
}

impl Aggregate for Settings {
    const TYPE: &'static str = "settings";
    type Command = SettingsCommand;
    type Event = SettingsEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: SettingsCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: SettingsEvent) {
        self.evolve(&event);
    }
}
