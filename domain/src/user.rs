//! An account: who somebody is, how they prove it, and what they may do on the whole instance.

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

use crate::id::SessionId;
use crate::refusal::Refusal;
use crate::session::Session;

pub use command::UserCommand;
pub use event::{InstanceRole, UserEvent};

/// An account as its events left it. Readable fields are none once the user's key is destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Whether it was ever registered.
    pub exists: bool,
    /// As typed.
    pub email: Option<String>,
    /// What others see.
    pub display_name: Option<String>,
    /// PHC string of the password's hash; nobody signs in without one.
    pub password: Option<String>,
    /// Sessions of another generation are dead, but for the kept one.
    pub generation: u32,
    /// The session that lives on although its generation ended.
    pub kept_session: Option<SessionId>,
    /// What they may do on the whole instance.
    pub roles: BTreeSet<InstanceRole>,
}

impl User {
    /// Whether `session`, whose id is `id` and which is this user's, is not ended by what happened to the account.
    ///
    /// Says nothing of the session's own end or expiry: [`Session::is_open`].
    pub fn accepts(&self, id: SessionId, session: &Session) -> bool {
        self.exists && (session.generation == self.generation || self.kept_session == Some(id))
    }
}

impl Aggregate for User {
    const TYPE: &'static str = "user";
    type Command = UserCommand;
    type Event = UserEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: UserCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: UserEvent) {
        self.evolve(&event);
    }
}
