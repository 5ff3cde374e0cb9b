//! What can be asked of an account.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use super::{InstanceRole, MailProof};
use crate::id::{FileId, SessionId, UserId};
use crate::imported::Origin;

/// What is asked of an account. That its asker may is decided before: by their session, or by being the operator.
#[derive(Clone, Debug, PartialEq)]
pub enum UserCommand {
    /// Makes it. Again by an import: nothing.
    Register {
        /// Its id.
        user: UserId,
        /// As typed; that it is nobody else's is the claim's to say. Needed unless an import makes the account.
        email: Option<String>,
        /// What others see.
        display_name: String,
        /// PHC string of the password's hash.
        password: Option<String>,
        /// Set by imports.
        imported: Option<Origin>,
    },
    /// Changes the display name.
    Rename {
        /// Its id.
        user: UserId,
        /// The new name.
        display_name: String,
    },
    /// Changes the picture.
    ChangeAvatar {
        /// A file; that it is theirs is [`File::pictures`](crate::file::File::pictures)'s to say. None for no picture.
        file: Option<FileId>,
    },
    /// Changes the password and ends every session but one.
    ChangePassword {
        /// Its id.
        user: UserId,
        /// PHC string of the new hash.
        password: String,
        /// The session that lives on: the one that asks, so it is alive.
        keep: Option<SessionId>,
    },
    /// Changes the password for who proved to read its mail, and ends every session.
    ResetPassword {
        /// Its id.
        user: UserId,
        /// PHC string of the new hash.
        password: String,
        /// What they proved it by.
        proof: MailProof,
        /// When.
        at: OffsetDateTime,
    },
    /// Changes the email.
    ChangeEmail {
        /// Its id.
        user: UserId,
        /// As typed; that it is nobody else's is the claim's to say.
        email: String,
    },
    /// Notes that its person reads what is mailed to it.
    VerifyEmail {
        /// What they proved it by.
        proof: MailProof,
        /// When.
        at: OffsetDateTime,
    },
    /// Notes that the operator answers for its email, as if its person had proven it.
    AnswerForEmail,
    /// Ends every session but one.
    RevokeSessions {
        /// The session that lives on: the one that asks, so it is alive.
        keep: Option<SessionId>,
    },
    /// Gives an instance role.
    GrantRole(InstanceRole),
    /// Takes an instance role, or withdraws what was proposed of it.
    RevokeRole(InstanceRole),
    /// Gives the role of an auditor once two administrators agree: the first one's word proposes it, another's confirms.
    AgreeOnAuditor {
        /// Who gives their word.
        by: UserId,
        /// Whose words count now.
        admins: BTreeSet<UserId>,
        /// When.
        at: OffsetDateTime,
    },
    /// Keeps its person from signing in, and ends every session.
    Suspend {
        /// Its id.
        user: UserId,
        /// The administrator who does it.
        by: UserId,
        /// Why, in their words.
        reason: Option<String>,
    },
    /// Ends the suspension; the sessions from before stay ended.
    Reinstate,
    /// Keeps somebody from opening dialogs and writing in rooms of two.
    Block {
        /// Its id: nobody blocks themself.
        user: UserId,
        /// Whom; that they exist is the caller's to see.
        other: UserId,
    },
    /// Lets them again.
    Unblock {
        /// Whom.
        other: UserId,
    },
    /// Erases it: the user's key is destroyed by the same append, and with it all that it sealed and wrapped.
    Erase {
        /// Its id.
        user: UserId,
    },
}
