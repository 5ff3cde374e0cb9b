//! Roles of rooms.

mod change;

use uuid::Uuid;

use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, archived_lounge, dialog, dialog_created, given, lounge,
    lounge_created, member, member_as, member_with, public_lounge, public_lounge_created, room_archived, stranger,
};
use crate::id::RoleId;
use crate::permission::{Permission, PermissionSet, Standing};
use crate::refusal::Refusal;
use crate::room::{NewRole, ROLES_MAX, RoleChanges, Room, RoomCommand, RoomEvent};
use crate::sealed::{KeyName, Sealed};

/// A role that no room has yet.
const GREETER: RoleId = RoleId(Uuid::from_u128(0x42));

fn sealed(name: &str) -> Sealed<String> {
    Sealed::new(KeyName::room(LOUNGE), name.into())
}

fn defined(role_id: RoleId, rank: i32, allow: impl Into<PermissionSet>) -> RoomEvent {
    RoomEvent::RoomRoleDefined { role_id, name: sealed("Greeter"), rank, allow: allow.into(), deny: [].into() }
}

/// What the lounge's roles came from.
fn past() -> Vec<RoomEvent> {
    let moderator = &lounge().roles[&MODERATOR];
    let helper = RoomEvent::RoomRoleDefined {
        role_id: HELPER,
        name: sealed("Helper"),
        rank: 1,
        allow: [].into(),
        deny: [Permission::SendMessages].into(),
    };
    vec![lounge_created(), defined(MODERATOR, moderator.rank, moderator.allow.clone()), helper]
}

fn greeter(rank: i32, allow: impl Into<PermissionSet>) -> NewRole {
    NewRole { name: " Greeter ".into(), rank, allow: allow.into(), deny: [].into() }
}

fn define(by: Standing, new: NewRole) -> RoomCommand {
    RoomCommand::DefineRole { room: LOUNGE, by, role: GREETER, new }
}

fn moderator() -> Standing {
    member_as(BOB, &lounge(), [MODERATOR])
}

#[test]
fn who_manages_roles_defines_those_below_their_own() {
    for (by, rank) in [(member(ALICE, &lounge()), i32::MAX), (moderator(), 9), (moderator(), i32::MIN)] {
        given::<Room>(past())
            .when(define(by, greeter(rank, [Permission::InviteMembers])))
            .then_expect_events(vec![defined(GREETER, rank, [Permission::InviteMembers])]);
    }
}

#[test]
fn a_role_is_what_its_event_says() {
    let mut room = lounge();
    room.evolve(&defined(GREETER, 5, [Permission::MentionAll]));
    let role = &room.roles[&GREETER];
    assert_eq!((role.name.as_deref(), role.rank, role.version), (Some("Greeter"), 5, 1));
    assert!(member_as(CAROL, &room, [GREETER]).require(Permission::MentionAll).is_ok());
}

#[test]
fn nobody_defines_what_stands_as_high_as_they_do() {
    for rank in [10, 11] {
        given::<Room>(past()).when(define(moderator(), greeter(rank, []))).then_expect_error(Refusal::Outranked);
    }
    let rankless = member_with(BOB, &lounge(), [Permission::ManageRoles]);
    given::<Room>(past()).when(define(rankless, greeter(i32::MIN, []))).then_expect_error(Refusal::Outranked);
}

#[test]
fn nobody_defines_a_role_that_gives_what_they_lack() {
    let role = greeter(1, [Permission::PinMessages]);
    given::<Room>(past()).when(define(moderator(), role)).then_expect_error(Refusal::Outranked);
    // What it takes needs nothing.
    let silent = NewRole { deny: [Permission::PinMessages].into(), ..greeter(1, []) };
    let events = given::<Room>(past()).when(define(moderator(), silent)).inspect_result().unwrap();
    assert_eq!(events.len(), 1);
}

#[test]
fn defining_needs_manage_roles() {
    let lacks = Refusal::Lacks(Permission::ManageRoles);
    for by in [member(BOB, &lounge()), member_as(BOB, &lounge(), [HELPER])] {
        given::<Room>(past()).when(define(by, greeter(0, []))).then_expect_error(lacks.clone());
    }
}

#[test]
fn an_id_is_used_once_even_when_its_role_is_gone() {
    let alice = || member(ALICE, &lounge());
    let mut past = past();
    past.push(defined(GREETER, 5, []));
    given::<Room>(past.clone()).when(define(alice(), greeter(5, []))).then_expect_error(Refusal::IdTaken);
    past.push(RoomEvent::RoomRoleDeleted { role_id: GREETER });
    given::<Room>(past).when(define(alice(), greeter(5, []))).then_expect_error(Refusal::IdTaken);
}

#[test]
fn a_room_has_so_many_roles_and_no_more() {
    let mut past = vec![lounge_created()];
    past.extend((1..ROLES_MAX as u128).map(|id| defined(RoleId(Uuid::from_u128(id << 64)), 1, [])));
    let alice = || member(ALICE, &lounge());
    given::<Room>(past.clone()).when(define(alice(), greeter(5, []))).then_expect_events(vec![defined(GREETER, 5, [])]);
    past.push(defined(MODERATOR, 5, []));
    given::<Room>(past.clone())
        .when(define(alice(), greeter(5, [])))
        .then_expect_error(Refusal::LimitReached { what: "roles", most: ROLES_MAX });
    past.push(RoomEvent::RoomRoleDeleted { role_id: MODERATOR });
    given::<Room>(past).when(define(alice(), greeter(5, []))).then_expect_events(vec![defined(GREETER, 5, [])]);
}

#[test]
fn a_role_has_a_name() {
    for (name, detail) in [
        (" ".into(), "0 characters where at least 1 are needed".to_owned()),
        ("x".repeat(101), "101 characters where at most 100 are allowed".to_owned()),
        ("a\tb".into(), "holds a control character".to_owned()),
    ] {
        let role = NewRole { name, ..greeter(1, []) };
        given::<Room>(past())
            .when(define(member(ALICE, &lounge()), role))
            .then_expect_error(Refusal::invalid("/name", detail));
    }
}

/// Defining, changing and deleting, by somebody who stands somewhere.
fn commands(by: &Standing) -> [RoomCommand; 3] {
    let changes = RoleChanges { rank: Some(2), ..RoleChanges::default() };
    [
        define(by.clone(), greeter(1, [])),
        RoomCommand::ChangeRole { room: LOUNGE, by: by.clone(), role: HELPER, changes },
        RoomCommand::DeleteRole { by: by.clone(), role: HELPER },
    ]
}

#[test]
fn an_archived_room_s_roles_stay_as_they_are() {
    let mut past = past();
    past.push(room_archived());
    for who in [ALICE, BOB] {
        for command in commands(&member(who, &archived_lounge())) {
            given::<Room>(past.clone()).when(command).then_expect_error(Refusal::Archived);
        }
    }
}

#[test]
fn rooms_of_two_have_no_roles() {
    let by = member_with(ALICE, &dialog(), [Permission::ManageRoles]);
    let [define, ..] = commands(&by);
    given::<Room>([dialog_created()]).when(define).then_expect_error(Refusal::GroupsOnly);
}

#[test]
fn strangers_know_public_rooms_alone() {
    for command in commands(&stranger(CAROL, &lounge())) {
        given::<Room>(past()).when(command).then_expect_error(Refusal::NotFound);
    }
    let [define, ..] = commands(&stranger(CAROL, &public_lounge()));
    given::<Room>([public_lounge_created()]).when(define).then_expect_error(Refusal::NotAMember);
}
