//! What an account answers about its email, and to who proves to read it.

use time::OffsetDateTime;

use super::{User, UserEvent};
use crate::id::UserId;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;
use crate::user::MailProof;

impl User {
    /// Taken once: a reset begins a generation, as everything does that ends sessions. Whoever has the link also reads
    /// the mail.
    pub(super) fn reset_password(
        &self,
        user: UserId,
        password: String,
        proof: &MailProof,
        at: OffsetDateTime,
    ) -> Result<Vec<UserEvent>, Refusal> {
        self.takes(proof, at)?;
        if proof.generation != self.generation {
            return Err(Refusal::NotFound);
        }
        let password = Sealed::new(KeyName::user(user), password);
        let mut events = vec![UserEvent::UserPasswordReset { password, generation: self.next_generation() }];
        if !self.email_verified {
            events.push(UserEvent::UserEmailVerified);
        }
        Ok(events)
    }

    pub(super) fn change_email(&self, user: UserId, email: String) -> Result<Vec<UserEvent>, Refusal> {
        text::email(&email)?;
        if self.email.as_ref() == Some(&email) {
            return Ok(vec![]);
        }
        self.may_change()?;
        Ok(vec![UserEvent::UserEmailChanged { email: Sealed::new(KeyName::user(user), email) }])
    }

    /// Taken once: afterwards there is nothing left to prove.
    pub(super) fn verify_email(&self, proof: &MailProof, at: OffsetDateTime) -> Result<Vec<UserEvent>, Refusal> {
        self.takes(proof, at)?;
        if self.email_verified { Err(Refusal::NotFound) } else { Ok(vec![UserEvent::UserEmailVerified]) }
    }
}
