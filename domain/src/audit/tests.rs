//! Given, when, then: audits.

use super::{Audit, AuditCommand, AuditEvent};
use crate::facts::{ALICE, given};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

const WHAT: &str = "/v1/audit/events?after=1";

fn accessed() -> AuditEvent {
    AuditEvent::AuditAccessed { reason: Sealed::new(KeyName::audit(ALICE), "complaint 7".into()), what: WHAT.into() }
}

fn access(reason: &str) -> AuditCommand {
    AuditCommand::Access { auditor: ALICE, reason: reason.into(), what: WHAT.into() }
}

#[test]
fn every_access_is_on_the_record() {
    given::<Audit>([]).when(access(" complaint 7 ")).then_expect_events(vec![accessed()]);
    given::<Audit>([accessed()]).when(access("complaint 7")).then_expect_events(vec![accessed()]);
}

#[test]
fn every_refused_erasure_is_on_the_record() {
    let (kind, id) = ("account".to_owned(), ALICE.0);
    let refused = AuditEvent::ErasureRefused { kind: kind.clone(), id };
    let refuse = AuditCommand::RefuseErasure { kind, id };
    given::<Audit>([refused.clone()]).when(refuse).then_expect_events(vec![refused]);
}

#[test]
fn an_access_needs_a_reason() {
    given::<Audit>([]).when(access("  ")).then_expect_error(Refusal::AuditReasonRequired);
}

#[test]
fn a_reason_is_short() {
    let detail = "1001 characters where at most 1000 are allowed";
    given::<Audit>([]).when(access(&"x".repeat(1001))).then_expect_error(Refusal::invalid("/reason", detail));
}
