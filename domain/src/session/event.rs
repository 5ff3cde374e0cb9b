//! What can happen to a session.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::UserId;
use crate::sealed::Sealed;

/// What happened to a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SessionEvent {
    /// Somebody signed in.
    SessionStarted {
        /// Who.
        user_id: UserId,
        /// SHA-256 of the token's secret, in hex: checking a token needs no read model.
        secret_sha256: String,
        /// The user's credential generation at that moment.
        generation: u32,
        /// Address of the client, with the user's key.
        ip: Sealed<String>,
        /// `User-Agent` of the client, with the user's key.
        user_agent: Sealed<String>,
        /// When it ends by itself.
        #[serde(with = "time::serde::rfc3339")]
        expires_at: OffsetDateTime,
    },
    /// It was ended by its user.
    SessionEnded,
}

crate::stored::stored_events! { SessionEvent {
    SessionStarted => "session_started",
    SessionEnded => "session_ended",
} }
