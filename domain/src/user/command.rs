//! What can be asked of an account.

use super::InstanceRole;
use crate::id::{SessionId, UserId};
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
    /// Changes the password and ends every session but one.
    ChangePassword {
        /// Its id.
        user: UserId,
        /// PHC string of the new hash.
        password: String,
        /// The session that lives on: the one that asks, so it is alive.
        keep: Option<SessionId>,
    },
    /// Ends every session but one.
    RevokeSessions {
        /// The session that lives on: the one that asks, so it is alive.
        keep: Option<SessionId>,
    },
    /// Gives an instance role.
    GrantRole(InstanceRole),
    /// Takes an instance role.
    RevokeRole(InstanceRole),
}
