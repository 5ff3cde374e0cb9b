//! Erasing an account.

use super::{alice_registered, auditor_granted, import, register};
use crate::erasure::Erasure;
use crate::facts::{ALICE, BOB, LAPTOP, given};
use crate::refusal::Refusal;
use crate::sealed::KeyName;
use crate::session::Session;
use crate::user::{User, UserCommand, UserEvent};

pub(super) fn alice_erased() -> UserEvent {
    UserEvent::UserErased { erasure: Erasure::of(KeyName::user(ALICE)) }
}

#[test]
fn who_is_erased_loses_the_key_of_all_that_is_theirs() {
    let erase = UserCommand::Erase { user: ALICE };
    given::<User>([alice_registered()]).when(erase).then_expect_events(vec![alice_erased()]);
    let UserEvent::UserErased { erasure } = alice_erased() else { unreachable!() };
    assert_eq!(erasure.keys, [KeyName::user(ALICE)]);
}

#[test]
fn nothing_is_left_of_an_erased_account() {
    let mut alice = User::default();
    let session = Session { user_id: Some(ALICE), ..Session::default() };
    for event in [alice_registered(), auditor_granted(), UserEvent::UserBlocked { other: BOB }] {
        alice.evolve(&event);
    }
    assert!(alice.accepts(LAPTOP, &session));
    alice.evolve(&alice_erased());
    assert_eq!(alice, User { erased: true, ..User::default() });
    assert!(!alice.accepts(LAPTOP, &session) && !alice.blocks(BOB));
}

#[test]
fn an_erased_account_does_not_come_back() {
    given::<User>([alice_registered(), alice_erased()]).when(register("Alice")).then_expect_error(Refusal::IdTaken);
    given::<User>([alice_registered(), alice_erased()]).when(import()).then_expect_events(vec![]);
}
