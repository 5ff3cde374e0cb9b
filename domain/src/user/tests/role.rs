//! Given, when, then: roles on the whole instance.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{alice_registered, auditor_granted};
use crate::facts::{ALICE, BOB, CAROL, NOON, given};
use crate::id::UserId;
use crate::refusal::Refusal;
use crate::user::{InstanceRole, User, UserCommand, UserEvent};

const TOMORROW: OffsetDateTime = datetime!(2024-05-18 12:00 UTC);

fn proposed(by: UserId, expires_at: OffsetDateTime) -> UserEvent {
    UserEvent::UserRoleProposed { role: InstanceRole::Auditor, by, expires_at }
}

fn agree(by: UserId, at: OffsetDateTime) -> UserCommand {
    UserCommand::AgreeOnAuditor { by, admins: [BOB, CAROL].into(), at }
}

#[test]
fn a_role_is_granted_once() {
    let grant = || UserCommand::GrantRole(InstanceRole::Auditor);
    given::<User>([alice_registered()]).when(grant()).then_expect_events(vec![auditor_granted()]);
    given::<User>([alice_registered(), auditor_granted()]).when(grant()).then_expect_events(vec![]);
}

#[test]
fn a_role_is_revoked_while_it_is_held() {
    let revoke = || UserCommand::RevokeRole(InstanceRole::Auditor);
    let taken = UserEvent::UserRoleRevoked { role: InstanceRole::Auditor };
    given::<User>([alice_registered(), auditor_granted()]).when(revoke()).then_expect_events(vec![taken.clone()]);
    given::<User>([alice_registered(), auditor_granted(), taken]).when(revoke()).then_expect_events(vec![]);
}

#[test]
fn one_administrator_proposes_an_auditor_and_another_confirms() {
    let first = proposed(BOB, TOMORROW);
    given::<User>([alice_registered()]).when(agree(BOB, NOON)).then_expect_events(vec![first.clone()]);
    let past = [alice_registered(), first];
    given::<User>(past.clone()).when(agree(BOB, NOON)).then_expect_events(vec![]);
    given::<User>(past.clone()).when(agree(CAROL, NOON)).then_expect_events(vec![auditor_granted()]);
    let done = [past.to_vec(), vec![auditor_granted()]].concat();
    given::<User>(done).when(agree(CAROL, NOON)).then_expect_events(vec![]);
}

#[test]
fn a_proposal_waits_for_a_day() {
    let past = [alice_registered(), proposed(BOB, TOMORROW)];
    let in_time = TOMORROW - Duration::NANOSECOND;
    given::<User>(past.clone()).when(agree(CAROL, in_time)).then_expect_events(vec![auditor_granted()]);
    let anew = proposed(CAROL, TOMORROW + Duration::DAY);
    given::<User>(past).when(agree(CAROL, TOMORROW)).then_expect_events(vec![anew]);
}

#[test]
fn the_word_of_who_is_no_administrator_any_more_does_not_count() {
    let past = [alice_registered(), proposed(ALICE, TOMORROW)];
    given::<User>(past).when(agree(CAROL, NOON)).then_expect_events(vec![proposed(CAROL, TOMORROW)]);
}

#[test]
fn a_proposal_is_withdrawn_and_ends_with_the_grant() {
    let withdrawn = UserEvent::UserRoleRevoked { role: InstanceRole::Auditor };
    let past = [alice_registered(), proposed(BOB, TOMORROW)];
    let revoke = UserCommand::RevokeRole(InstanceRole::Auditor);
    given::<User>(past.clone()).when(revoke).then_expect_events(vec![withdrawn.clone()]);
    let without = [past.to_vec(), vec![withdrawn.clone()]].concat();
    given::<User>(without).when(agree(CAROL, NOON)).then_expect_events(vec![proposed(CAROL, TOMORROW)]);
    // What was confirmed once and taken again is not confirmed by the old word.
    let taken = [past.to_vec(), vec![auditor_granted(), withdrawn]].concat();
    given::<User>(taken).when(agree(CAROL, NOON)).then_expect_events(vec![proposed(CAROL, TOMORROW)]);
}

#[test]
fn whoever_holds_the_role_administers() {
    let mut user = User::default();
    user.evolve(&alice_registered());
    assert_eq!(user.administers(), Err(Refusal::NotAnAdmin));
    user.evolve(&auditor_granted());
    assert_eq!(user.administers(), Err(Refusal::NotAnAdmin));
    user.evolve(&UserEvent::UserRoleGranted { role: InstanceRole::Admin });
    assert_eq!(user.administers(), Ok(()));
}
