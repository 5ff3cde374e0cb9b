//! An account: who somebody is, how they prove it, and what they may do on the whole instance.

mod command;
mod decide;
mod event;
mod evolve;
mod proof;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{FileId, SessionId, UserId};
use crate::refusal::Refusal;
use crate::session::Session;

pub use command::UserCommand;
pub use event::{InstanceRole, UserEvent};
pub use proof::MailProof;

/// An account as its events left it. Readable fields are none once the user's key is destroyed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each tells what one kind of event did, whatever the others did")]
pub struct User {
    /// Whether it is there: registered and not erased.
    pub exists: bool,
    /// Whether it was erased: it is not there, and never again.
    pub erased: bool,
    /// As typed.
    pub email: Option<String>,
    /// Whether they proved that they read what is mailed to it, or the operator answers for that.
    pub email_verified: bool,
    /// Whether an import told the email: nobody typed it here.
    pub email_told: bool,
    /// Counts its changes: what was mailed to an earlier one proves nothing.
    pub email_generation: u32,
    /// What others see.
    pub display_name: Option<String>,
    /// The file of their picture; it may be gone since.
    pub avatar: Option<FileId>,
    /// PHC string of the password's hash; nobody signs in without one.
    pub password: Option<String>,
    /// Sessions of another generation are dead, but for the kept one.
    pub generation: u32,
    /// The session that lives on although its generation ended.
    pub kept_session: Option<SessionId>,
    /// What they may do on the whole instance.
    pub roles: BTreeSet<InstanceRole>,
    /// Who opens no dialog with them, writes nothing to them in rooms of two, and shows them no files.
    pub blocked: BTreeSet<UserId>,
    /// Roles that one administrator would give, and that wait for another's word.
    pub proposed: BTreeMap<InstanceRole, Proposal>,
    /// Whether an administrator keeps them from signing in.
    pub suspended: bool,
    /// How often they changed their name, picture or email, or blocked somebody.
    pub changes: usize,
}

/// What one administrator proposed, for another to confirm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// The first.
    pub by: UserId,
    /// Until when it can be confirmed.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// Most people whom one person blocks: their account is loaded by every command towards them.
pub const BLOCKED_MAX: usize = 1_000;

/// How often somebody changes their name, picture or email, or blocks somebody: ten times a week for ten years. The stream of
/// an account is read whole, also by who would suspend it, and stays short.
pub const CHANGES_MAX: usize = 5_000;

/// Generations of an account in which its sessions are still ended without a new password: that is always taken, and how
/// often is limited by what checking the old one costs.
pub const GENERATIONS_MAX: u32 = 5_000;

impl User {
    /// Whether they keep `user` from opening a dialog with them, from writing in a room of two, and from showing them files.
    pub fn blocks(&self, user: UserId) -> bool {
        self.blocked.contains(&user)
    }

    /// Refuses a dialog that `user` would open, or a file that they would show them, if they have blocked them.
    pub fn welcomes(&self, user: UserId) -> Result<(), Refusal> {
        if self.blocks(user) { Err(Refusal::Blocked) } else { Ok(()) }
    }

    /// Whether `session`, whose id is `id` and which is this user's, is not ended by what happened to the account.
    ///
    /// Says nothing of the session's own end or expiry: [`Session::is_open`].
    pub fn accepts(&self, id: SessionId, session: &Session) -> bool {
        let is_of_now = session.generation == self.generation || self.kept_session == Some(id);
        self.is_active() && is_of_now
    }

    /// Whether its owner can sign in and act: it is there and not suspended.
    pub fn is_active(&self) -> bool {
        self.exists && !self.suspended
    }

    /// Whether the email is known to be theirs: they proved it, the operator answers for it, or an import told it, so that
    /// nobody gets in but by its mail or by the operator. What somebody typed when they registered says nothing.
    pub fn has_proven_email(&self) -> bool {
        self.email_verified || self.email_told
    }

    /// Refuses who does not administer the instance.
    pub fn administers(&self) -> Result<(), Refusal> {
        if self.roles.contains(&InstanceRole::Admin) { Ok(()) } else { Err(Refusal::NotAnAdmin) }
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
