//! An invite to a room: whoever has its code may come in.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{RoomId, UserId};
use crate::refusal::Refusal;

pub use command::InviteCommand;
pub use event::InviteEvent;

/// An invite to a room as the last event left it: decided from that event alone, however often it was accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invite {
    /// To which room; none while it was never made.
    pub room_id: Option<RoomId>,
    /// Who made it: it is good while they may invite, which is for the membership to say.
    pub created_by: Option<UserId>,
    /// How often it may be accepted; none is without a limit.
    pub max_uses: Option<u32>,
    /// When it runs out, without an event; none is never.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// How often it was accepted.
    pub uses: u32,
    /// Whether it was taken back.
    pub revoked: bool,
}

impl Invite {
    /// Whether one more person may use it at `now`: refuses what was never made, and what is used up, expired or revoked.
    ///
    /// Says nothing of its maker and its room: [`crate::membership::MembershipCommand::Accept`].
    pub fn usable(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        if self.room_id.is_none() {
            return Err(Refusal::NotFound);
        }
        let used_up = self.max_uses.is_some_and(|most| self.uses >= most);
        let expired = self.expires_at.is_some_and(|at| at <= now);
        if used_up || expired || self.revoked { Err(Refusal::InviteSpent) } else { Ok(()) }
    }
}

impl Aggregate for Invite {
    const TYPE: &'static str = "invite";
    type Command = InviteCommand;
    type Event = InviteEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: InviteCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: InviteEvent) {
        self.evolve(&event);
    }
}
