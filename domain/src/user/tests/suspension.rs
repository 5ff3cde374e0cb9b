//! Given, when, then: who may not sign in.

use super::{alice_registered, revoked};
use crate::facts::{ALICE, BOB, LAPTOP, given};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::session::Session;
use crate::user::{InstanceRole, User, UserCommand, UserEvent};

fn suspended(reason: Option<&str>, generation: u32) -> UserEvent {
    let reason = reason.map(|reason| Sealed::new(KeyName::suspension(BOB, ALICE), reason.to_owned()));
    UserEvent::UserSuspended { by: BOB, reason, generation }
}

fn suspend(reason: Option<&str>) -> UserCommand {
    UserCommand::Suspend { user: ALICE, by: BOB, reason: reason.map(str::to_owned) }
}

#[test]
fn somebody_is_suspended_for_a_reason_or_without_one() {
    let past = || [alice_registered(), revoked(1)];
    given::<User>(past()).when(suspend(Some(" spam\n"))).then_expect_events(vec![suspended(Some("spam"), 2)]);
    given::<User>(past()).when(suspend(Some("  "))).then_expect_events(vec![suspended(None, 2)]);
    given::<User>(past()).when(suspend(None)).then_expect_events(vec![suspended(None, 2)]);
}

#[test]
fn who_is_suspended_stays_so_until_they_are_reinstated() {
    let past = [alice_registered(), suspended(None, 1)];
    given::<User>(past.clone()).when(suspend(Some("again"))).then_expect_events(vec![]);
    let reinstated = UserEvent::UserReinstated;
    given::<User>(past.clone()).when(UserCommand::Reinstate).then_expect_events(vec![reinstated.clone()]);
    given::<User>([past.to_vec(), vec![reinstated]].concat()).when(UserCommand::Reinstate).then_expect_events(vec![]);
}

#[test]
fn a_reason_is_short() {
    let detail = "1001 characters where at most 1000 are allowed";
    let refusal = Refusal::invalid("/reason", detail);
    given::<User>([alice_registered()]).when(suspend(Some(&"x".repeat(1001)))).then_expect_error(refusal);
}

#[test]
fn nobody_suspends_themself_or_an_administrator() {
    let oneself = UserCommand::Suspend { user: ALICE, by: ALICE, reason: None };
    given::<User>([alice_registered()]).when(oneself).then_expect_error(Refusal::Outranked);
    let admin = UserEvent::UserRoleGranted { role: InstanceRole::Admin };
    given::<User>([alice_registered(), admin.clone()]).when(suspend(None)).then_expect_error(Refusal::Outranked);
    let no_more = UserEvent::UserRoleRevoked { role: InstanceRole::Admin };
    let past = [alice_registered(), admin, no_more];
    given::<User>(past).when(suspend(None)).then_expect_events(vec![suspended(None, 1)]);
}

#[test]
fn whoever_is_suspended_is_given_no_role() {
    let past = || [alice_registered(), suspended(None, 1)];
    let grant = UserCommand::GrantRole(InstanceRole::Admin);
    given::<User>(past()).when(grant).then_expect_error(Refusal::Suspended);
    let agree = UserCommand::AgreeOnAuditor { by: BOB, admins: [BOB].into(), at: crate::facts::NOON };
    given::<User>(past()).when(agree).then_expect_error(Refusal::Suspended);
}

#[test]
fn a_suspension_ends_every_session_for_good() {
    let session = Session { user_id: Some(ALICE), generation: 1, ..Session::default() };
    let mut user = User::default();
    user.evolve(&alice_registered());
    user.evolve(&UserEvent::UserSessionsRevoked { generation: 1, kept_session: Some(LAPTOP) });
    assert!(user.accepts(LAPTOP, &session));
    user.evolve(&suspended(None, 2));
    assert!(!user.accepts(LAPTOP, &session), "not the kept one either");
    assert!(!user.accepts(LAPTOP, &Session { generation: 2, ..session.clone() }), "nor one that began since");
    user.evolve(&UserEvent::UserReinstated);
    assert!(!user.accepts(LAPTOP, &session), "it stays ended");
    assert!(user.accepts(LAPTOP, &Session { generation: 2, ..session }));
}
