//! A session: one sign-in of one device.

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

use crate::id::UserId;
use crate::refusal::Refusal;

pub use command::SessionCommand;
pub use event::SessionEvent;

/// A session as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose; none while it was never started.
    pub user_id: Option<UserId>,
    /// SHA-256 of the token's secret, in hex.
    pub secret_sha256: String,
    /// The user's credential generation when it started: [`crate::user::User::accepts`].
    pub generation: u32,
    /// When it ends by itself.
    #[serde(with = "time::serde::rfc3339::option")]
    pub expires_at: Option<OffsetDateTime>,
    /// Whether its user ended it.
    pub ended: bool,
}

impl Session {
    /// Whether it was started, is not ended and not expired at `now`.
    ///
    /// Whether the account still accepts it is the account's to say: [`crate::user::User::accepts`].
    pub fn is_open(&self, now: OffsetDateTime) -> bool {
        self.user_id.is_some() && !self.ended && self.expires_at.is_some_and(|at| now < at)
    }
}

impl Aggregate for Session {
    const TYPE: &'static str = "session";
    type Command = SessionCommand;
    type Event = SessionEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: SessionCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: SessionEvent) {
        self.evolve(&event);
    }
}
