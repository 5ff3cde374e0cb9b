//! Proving who somebody is by email and password.

use api_kit::Problem;
use domain::id::UserId;
use event_store::Request;
use uuid::Uuid;

use super::{Accounts, EMAIL_CLAIM, EmailDigest, Password};

/// Whose account is looked at for an email that is nobody's, before there is any account.
const NOBODY: UserId = UserId(Uuid::nil());

/// Somebody who proved who they are.
pub(crate) struct Proven {
    /// Who.
    pub(crate) user: UserId,
    /// The hash that they proved it by: what rests on it must still find it in the account.
    pub(crate) phc: String,
}

impl Accounts {
    /// Who has this email and password. Wrong ones are the same 401, whichever of them is wrong, after the same reads
    /// and one hash: neither the answer nor its time tells whether the account is there.
    ///
    /// Where an email is nobody's, another account is read, with its key, and the password is compared with its hash,
    /// for nothing: that of the email that comes next in the order of digests, which nobody outside knows.
    pub(crate) async fn prove(
        &self,
        request: &Request,
        email: &EmailDigest,
        password: &Password,
    ) -> Result<Proven, Problem> {
        let (owner, next) = self.store.claimed_and_next(EMAIL_CLAIM, email.as_bytes()).await?;
        let [owner, next] = [owner, next].map(|user| user.and_then(|user| user.parse::<UserId>().ok()));
        let phc = self.seen(request, owner.or(next).unwrap_or(NOBODY)).await?.password;
        let right = self.hasher.verify(password, phc.as_deref()).await?;
        match (owner, phc) {
            (Some(user), Some(phc)) if right => Ok(Proven { user, phc }),
            _ => Err(Problem::WrongCredentials),
        }
    }
}
