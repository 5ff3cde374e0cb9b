//! What each event makes of the record of audits.

use super::{Audit, AuditEvent};

impl Audit {
    /// Takes what happened: nothing is decided from it.
    pub fn evolve(&mut self, event: &AuditEvent) {
        match event {
            AuditEvent::AuditAccessed { .. } | AuditEvent::ErasureRefused { .. } => {}
        }
    }
}
