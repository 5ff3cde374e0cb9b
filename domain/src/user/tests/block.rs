//! Blocking.

use super::alice_registered;
use crate::facts::{ALICE, BOB, CAROL, given};
use crate::id::UserId;
use crate::refusal::Refusal;
use crate::user::{BLOCKED_MAX, User, UserCommand, UserEvent};
use uuid::Uuid;

fn block(other: UserId) -> UserCommand {
    UserCommand::Block { user: ALICE, other }
}

fn blocked(other: UserId) -> UserEvent {
    UserEvent::UserBlocked { other }
}

fn unblock() -> UserCommand {
    UserCommand::Unblock { other: BOB }
}

fn unblocked() -> UserEvent {
    UserEvent::UserUnblocked { other: BOB }
}

#[test]
fn somebody_is_blocked_once_and_let_again() {
    given::<User>([alice_registered()]).when(block(BOB)).then_expect_events(vec![blocked(BOB)]);
    given::<User>([alice_registered(), blocked(BOB)]).when(block(BOB)).then_expect_events(vec![]);
    given::<User>([alice_registered(), blocked(BOB)]).when(unblock()).then_expect_events(vec![unblocked()]);
    given::<User>([alice_registered(), blocked(BOB), unblocked()]).when(unblock()).then_expect_events(vec![]);
    given::<User>([alice_registered()]).when(unblock()).then_expect_events(vec![]);
}

#[test]
fn nobody_blocks_themself() {
    let refusal = Refusal::invalid("", "nobody blocks themself");
    given::<User>([alice_registered()]).when(block(ALICE)).then_expect_error(refusal);
}

#[test]
fn who_is_blocked_is_not_welcome_and_nobody_else() {
    let mut alice = User::default();
    alice.evolve(&alice_registered());
    assert_eq!(alice.welcomes(BOB), Ok(()));
    alice.evolve(&blocked(BOB));
    assert_eq!((alice.welcomes(BOB), alice.welcomes(CAROL)), (Err(Refusal::Blocked), Ok(())));
    alice.evolve(&unblocked());
    assert_eq!(alice.welcomes(BOB), Ok(()));
}

#[test]
fn so_many_are_blocked_and_no_more() {
    let others = (0..BLOCKED_MAX).map(|n| UserId(Uuid::from_u128(1 << 64 | n as u128)));
    let past: Vec<_> = std::iter::once(alice_registered()).chain(others.map(blocked)).collect();
    let refusal = Refusal::LimitReached { what: "people whom you block", most: BLOCKED_MAX };
    given::<User>(past.clone()).when(block(BOB)).then_expect_error(refusal);
    given::<User>(past).when(block(UserId(Uuid::from_u128(1 << 64)))).then_expect_events(vec![]);
}
