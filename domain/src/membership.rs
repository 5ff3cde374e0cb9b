//! Somebody's membership of a room.

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

use crate::id::{RoleId, RoomId, UserId};
use crate::refusal::Refusal;

pub use command::MembershipCommand;
pub use event::MembershipEvent;

/// Somebody's membership of a room as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Whether they are a member now.
    pub present: bool,
    /// Their roles; they end with the membership.
    pub roles: BTreeSet<RoleId>,
}

impl Membership {
    /// The id of the stream of `user`'s membership of `room`.
    pub fn stream(room: RoomId, user: UserId) -> String {
        format!("{room}:{user}")
    }
}

impl Aggregate for Membership {
    const TYPE: &'static str = "membership";
    type Command = MembershipCommand;
    type Event = MembershipEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: MembershipCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: MembershipEvent) {
        self.evolve(&event);
    }
}
