//! What can happen to an account.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::erasure::Erasure;
use crate::id::{FileId, SessionId, UserId};
use crate::imported::Imported;
use crate::sealed::Sealed;

/// What happened to an account. Personal fields are sealed with the user's key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum UserEvent {
    /// An account was made, by its person, an operator or an import.
    UserRegistered {
        /// As typed; unique without regard to case through a claim.
        email: Option<Sealed<String>>,
        /// What others see.
        display_name: Sealed<String>,
        /// PHC string of the password's Argon2id hash; nobody can sign in without one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<Sealed<String>>,
        /// Set on what an import made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        imported: Option<Imported>,
    },
    /// The display name changed.
    UserRenamed {
        /// The new name.
        display_name: Sealed<String>,
    },
    /// The picture changed.
    UserAvatarChanged {
        /// A file of theirs, which whoever sees the account sees from now on; none is no picture.
        file_id: Option<FileId>,
    },
    /// The password changed; sessions of an older generation end with it, but for one.
    UserPasswordChanged {
        /// PHC string of the new hash.
        password: Sealed<String>,
        /// The credential generation from now on.
        generation: u32,
        /// The session that made the change and lives on.
        kept_session: Option<SessionId>,
    },
    /// The password changed for who proved to read the account's mail; every session ended with it.
    UserPasswordReset {
        /// PHC string of the new hash.
        password: Sealed<String>,
        /// The credential generation from now on.
        generation: u32,
    },
    /// The email changed; that its person reads what is mailed to the new one is not known yet.
    UserEmailChanged {
        /// As typed.
        email: Sealed<String>,
    },
    /// Its person proved that they read what is mailed to the email, or the operator, who made the account, answers for it.
    UserEmailVerified,
    /// All sessions of an older generation ended, but for one.
    UserSessionsRevoked {
        /// The credential generation from now on.
        generation: u32,
        /// The session that lives on.
        kept_session: Option<SessionId>,
    },
    /// An instance role was given.
    UserRoleGranted {
        /// Which.
        role: InstanceRole,
    },
    /// An instance role was taken, or what was proposed of it withdrawn.
    UserRoleRevoked {
        /// Which.
        role: InstanceRole,
    },
    /// An administrator would give an instance role that needs another's word too.
    UserRoleProposed {
        /// Which.
        role: InstanceRole,
        /// The first administrator.
        by: UserId,
        /// Until when another can confirm it.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// An administrator keeps its person from signing in; every session ended with it.
    UserSuspended {
        /// The administrator.
        by: UserId,
        /// Why, in their words, with a key that goes with either of the two.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Sealed<String>>,
        /// The credential generation from now on.
        generation: u32,
    },
    /// The suspension ended.
    UserReinstated,
    /// They keep somebody from opening dialogs with them and from writing to them in rooms of two.
    UserBlocked {
        /// Whom.
        other: UserId,
    },
    /// They let them again.
    UserUnblocked {
        /// Whom.
        other: UserId,
    },
    /// It was erased by its person: sessions, roles and credentials ended with it, and all that its key sealed and
    /// wrapped is unreadable.
    UserErased {
        /// What was destroyed.
        erasure: Erasure,
    },
}

crate::stored::stored_events! { UserEvent {
    UserRegistered => "user_registered",
    UserRenamed => "user_renamed",
    UserAvatarChanged => "user_avatar_changed",
    UserPasswordChanged => "user_password_changed",
    UserPasswordReset => "user_password_reset",
    UserEmailChanged => "user_email_changed",
    UserEmailVerified => "user_email_verified",
    UserSessionsRevoked => "user_sessions_revoked",
    UserRoleGranted => "user_role_granted",
    UserRoleRevoked => "user_role_revoked",
    UserRoleProposed => "user_role_proposed",
    UserSuspended => "user_suspended",
    UserReinstated => "user_reinstated",
    UserBlocked => "user_blocked",
    UserUnblocked => "user_unblocked",
    UserErased => "user_erased",
} }

/// A role on the whole instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceRole {
    /// Suspends users, closes rooms, grants roles; reads no private content.
    Admin,
    /// Reads the record, with a reason and on the record.
    Auditor,
}
