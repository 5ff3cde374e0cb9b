//! Changing and deleting roles.

use super::{GREETER, moderator, past, sealed};
use crate::facts::{ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, given, lounge, member, member_as};
use crate::id::RoleId;
use crate::permission::{Permission, PermissionSet, Rank, Standing};
use crate::refusal::Refusal;
use crate::room::{RoleChanges, Room, RoomCommand, RoomEvent};

fn change(by: Standing, role: RoleId, changes: RoleChanges) -> RoomCommand {
    RoomCommand::ChangeRole { room: LOUNGE, by, role, changes }
}

fn delete(by: Standing, role: RoleId) -> RoomCommand {
    RoomCommand::DeleteRole { by, role }
}

fn named(name: &str) -> RoleChanges {
    RoleChanges { name: Some(name.into()), ..RoleChanges::default() }
}

fn ranked(rank: i32) -> RoleChanges {
    RoleChanges { rank: Some(rank), ..RoleChanges::default() }
}

/// The helper's role, changed.
fn changed(name: Option<&str>, rank: i32, deny: impl Into<PermissionSet>) -> RoomEvent {
    let (name, deny) = (name.map(sealed), deny.into());
    RoomEvent::RoomRoleChanged { role_id: HELPER, name, rank, allow: [].into(), deny }
}

#[test]
fn what_is_not_said_stays() {
    let silent = [Permission::SendMessages];
    for (changes, event) in [
        (named(" Silent "), changed(Some("Silent"), 1, silent)),
        (ranked(9), changed(None, 9, silent)),
        (RoleChanges { deny: Some([].into()), ..RoleChanges::default() }, changed(None, 1, [])),
    ] {
        given::<Room>(past()).when(change(moderator(), HELPER, changes)).then_expect_events(vec![event]);
    }
}

#[test]
fn what_is_as_it_was_is_no_event() {
    let same = RoleChanges { rank: Some(1), deny: Some([Permission::SendMessages].into()), ..named(" Helper") };
    for changes in [same, RoleChanges::default()] {
        given::<Room>(past()).when(change(moderator(), HELPER, changes)).then_expect_events(vec![]);
    }
}

#[test]
fn who_has_a_role_has_what_became_of_it() {
    let mut room = lounge();
    room.evolve(&RoomEvent::RoomRoleChanged {
        role_id: HELPER,
        name: None,
        rank: 7,
        allow: [Permission::PinMessages].into(),
        deny: [].into(),
    });
    let carol = member_as(CAROL, &room, [HELPER]);
    assert_eq!(carol.rank, Rank::Role(7));
    assert!(carol.require(Permission::PinMessages).is_ok() && carol.require(Permission::SendMessages).is_ok());
}

#[test]
fn a_role_counts_its_changes() {
    let mut room = Room::default();
    for event in past() {
        room.evolve(&event);
    }
    assert_eq!(room.roles[&HELPER].version, 1);
    room.evolve(&changed(None, 3, []));
    assert_eq!(room.roles[&HELPER].version, 2);
}

#[test]
fn only_roles_below_one_s_own_are_changed_and_stay_there() {
    for (role, changes) in [(MODERATOR, named("Boss")), (HELPER, ranked(10)), (MODERATOR, ranked(1))] {
        given::<Room>(past()).when(change(moderator(), role, changes)).then_expect_error(Refusal::Outranked);
    }
    given::<Room>(past()).when(delete(moderator(), MODERATOR)).then_expect_error(Refusal::Outranked);
    let alice = member(ALICE, &lounge());
    let deleted = RoomEvent::RoomRoleDeleted { role_id: MODERATOR };
    given::<Room>(past()).when(delete(alice, MODERATOR)).then_expect_events(vec![deleted]);
}

#[test]
fn nobody_lets_a_role_give_what_they_lack() {
    let pins = RoleChanges { allow: Some([Permission::PinMessages].into()), ..RoleChanges::default() };
    given::<Room>(past()).when(change(moderator(), HELPER, pins)).then_expect_error(Refusal::Outranked);
    // Nor lifts what binds them.
    let bound = || member_as(BOB, &lounge(), [MODERATOR, HELPER]);
    let speaks = RoleChanges { deny: Some([].into()), ..RoleChanges::default() };
    given::<Room>(past()).when(change(bound(), HELPER, speaks)).then_expect_error(Refusal::Outranked);
    given::<Room>(past()).when(delete(bound(), HELPER)).then_expect_error(Refusal::Outranked);
}

#[test]
fn changing_and_deleting_need_manage_roles() {
    let lacks = Refusal::Lacks(Permission::ManageRoles);
    let bob = || member(BOB, &lounge());
    given::<Room>(past()).when(change(bob(), HELPER, ranked(0))).then_expect_error(lacks.clone());
    given::<Room>(past()).when(delete(bob(), HELPER)).then_expect_error(lacks);
}

#[test]
fn what_is_not_defined_is_not_found() {
    for by in [member(ALICE, &lounge()), member(BOB, &lounge())] {
        given::<Room>(past()).when(change(by.clone(), GREETER, ranked(0))).then_expect_error(Refusal::NotFound);
        given::<Room>(past()).when(delete(by, GREETER)).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn a_bad_name_changes_nothing() {
    let refusal = Refusal::invalid("/name", "holds the character U+0000");
    given::<Room>(past()).when(change(moderator(), HELPER, named("\0"))).then_expect_error(refusal);
}

#[test]
fn a_deleted_role_is_taken_from_everyone() {
    let mut room = lounge();
    assert!(member_as(CAROL, &room, [MODERATOR]).require(Permission::ManageRoom).is_ok());
    given::<Room>(past())
        .when(delete(moderator(), HELPER))
        .then_expect_events(vec![RoomEvent::RoomRoleDeleted { role_id: HELPER }]);
    room.evolve(&RoomEvent::RoomRoleDeleted { role_id: MODERATOR });
    assert_eq!(member_as(CAROL, &room, [MODERATOR]), member(CAROL, &room));
}
