//! What can be asked of a session.

use time::OffsetDateTime;

use crate::id::UserId;

/// What is asked of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionCommand {
    /// Starts it, for somebody who proved who they are.
    Start {
        /// Who.
        user: UserId,
        /// SHA-256 of the token's secret, in hex.
        secret_sha256: String,
        /// The user's credential generation, guarded by the append.
        generation: u32,
        /// Address of the client.
        ip: String,
        /// `User-Agent` of the client; cut to what is kept.
        user_agent: String,
        /// When it ends by itself.
        expires_at: OffsetDateTime,
    },
    /// Ends it.
    End {
        /// Who asks: nobody ends another's.
        by: UserId,
    },
}
