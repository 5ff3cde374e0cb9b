//! What auditors do, on the record.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::sealed::Sealed;

/// What an auditor did, or what was kept from somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AuditEvent {
    /// They looked at events or a room; appended before they see anything.
    AuditAccessed {
        /// Why, in their words, with a key that outlives their account.
        reason: Sealed<String>,
        /// What: the resource and its filters, such as `/v1/audit/events?room=...`, in clear for good: ids, numbers, times and
        /// names that are ours, no words of anybody's.
        what: String,
    },
    /// Whoever the stream is of, auditor or not, wanted to erase what a legal hold keeps.
    ErasureRefused {
        /// Of what kind it is: `account`, `room`, `message`, `file`.
        kind: String,
        /// Its id.
        id: Uuid,
    },
}

crate::stored::stored_events! { AuditEvent {
    AuditAccessed => "audit_accessed",
    ErasureRefused => "erasure_refused",
} }
