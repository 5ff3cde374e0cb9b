//! What a mailed link proves, and for how long.

use time::{Duration, OffsetDateTime};

use super::User;
use crate::refusal::Refusal;

/// How long what was mailed can be used.
const LIFETIME: Duration = Duration::minutes(30);

/// What a mailed link proves: that whoever has it reads what was mailed to an account. Nothing of it is stored: it holds
/// what it was made for, which its first use changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MailProof {
    /// The credential generation of the account when it was mailed.
    pub generation: u32,
    /// Which of the account's emails it was mailed to.
    pub email_generation: u32,
    /// Until when it counts.
    pub expires_at: OffsetDateTime,
}

impl User {
    /// What a link proves that is mailed at `now`.
    pub fn mail_proof(&self, now: OffsetDateTime) -> MailProof {
        let (generation, email_generation) = (self.generation, self.email_generation);
        MailProof { generation, email_generation, expires_at: now + LIFETIME }
    }

    /// Refuses a proof that is too old, or of an email that the account has not any more, and whoever is suspended.
    pub(super) fn takes(&self, proof: &MailProof, at: OffsetDateTime) -> Result<(), Refusal> {
        let is_good = !self.suspended && at < proof.expires_at && proof.email_generation == self.email_generation;
        if is_good { Ok(()) } else { Err(Refusal::NotFound) }
    }
}
