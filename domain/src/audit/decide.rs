//! What the record of audits answers.

use super::{Audit, AuditCommand, AuditEvent};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Audit {
    /// Answers a command with the facts it makes true: each access is one, also when it repeats another.
    pub fn decide(&self, command: AuditCommand) -> Result<Vec<AuditEvent>, Refusal> {
        match command {
            AuditCommand::Access { auditor, reason, what } => {
                let reason = Sealed::new(KeyName::audit(auditor), text::reason(&reason)?);
                Ok(vec![AuditEvent::AuditAccessed { reason, what }])
            }
            AuditCommand::RefuseErasure { kind, id } => Ok(vec![AuditEvent::ErasureRefused { kind, id }]),
        }
    }
}
