//! Given, when, then: administrators.

use super::{Admins, AdminsCommand, AdminsEvent};
use crate::facts::{ALICE, BOB, given};
use crate::id::UserId;
use crate::refusal::Refusal;

fn added(user_id: UserId) -> AdminsEvent {
    AdminsEvent::AdminAdded { user_id }
}

fn removed(user_id: UserId) -> AdminsEvent {
    AdminsEvent::AdminRemoved { user_id }
}

#[test]
fn somebody_becomes_an_administrator_once() {
    given::<Admins>([]).when(AdminsCommand::Add(ALICE)).then_expect_events(vec![added(ALICE)]);
    given::<Admins>([added(ALICE)]).when(AdminsCommand::Add(ALICE)).then_expect_events(vec![]);
}

#[test]
fn one_of_two_goes() {
    let two = [added(ALICE), added(BOB)];
    given::<Admins>(two).when(AdminsCommand::Remove(BOB)).then_expect_events(vec![removed(BOB)]);
}

#[test]
fn the_last_one_stays() {
    let remove = || AdminsCommand::Remove(ALICE);
    given::<Admins>([added(ALICE)]).when(remove()).then_expect_error(Refusal::LastAdmin);
    given::<Admins>([added(ALICE), added(BOB), removed(BOB)]).when(remove()).then_expect_error(Refusal::LastAdmin);
}

#[test]
fn who_is_none_is_not_removed() {
    given::<Admins>([added(ALICE)]).when(AdminsCommand::Remove(BOB)).then_expect_events(vec![]);
    given::<Admins>([]).when(AdminsCommand::Remove(BOB)).then_expect_events(vec![]);
}
