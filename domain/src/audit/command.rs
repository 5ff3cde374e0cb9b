//! What can be asked of the record of audits.

use uuid::Uuid;

use crate::id::UserId;

/// What is asked of the record of an auditor's accesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditCommand {
    /// Puts an access on the record, before it happens.
    Access {
        /// Who; that they are an auditor is the caller's to see, since others must not learn that this exists.
        auditor: UserId,
        /// Why, in their words.
        reason: String,
        /// What: the resource and its filters, such as `/v1/audit/events?room=...`. Stored in clear.
        what: String,
    },
    /// Puts on the record that somebody wanted to erase what a legal hold keeps.
    RefuseErasure {
        /// Of what kind it is: `account`, `room`, `message`, `file`.
        kind: String,
        /// Its id.
        id: Uuid,
    },
}
