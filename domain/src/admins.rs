//! Who administers the instance: the set that says who is the last one.
//!
//! That somebody is an administrator stands in their account, which decides what they may do. This stream is moved by
//! every change of it too, and guarded by each, so that of two who would be the last to go, one stays.

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

use crate::id::UserId;
use crate::refusal::Refusal;

pub use command::AdminsCommand;
pub use event::AdminsEvent;

/// The administrators of an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admins {
    /// Who.
    pub members: BTreeSet<UserId>,
}

impl Admins {
    /// The id of the one stream there is.
    pub const STREAM: &'static str = "instance";
}

impl Aggregate for Admins {
    const TYPE: &'static str = "admins";
    type Command = AdminsCommand;
    type Event = AdminsEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: AdminsCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: AdminsEvent) {
        self.evolve(&event);
    }
}
