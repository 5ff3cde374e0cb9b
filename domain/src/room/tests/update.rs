//! Changing rooms.

use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, MODERATOR, archived_lounge, blocked, dialog, dialog_created, given, lounge,
    lounge_created, member, member_as, member_with, public_lounge, public_lounge_created, room_archived, secret,
    secret_created, stranger,
};
use crate::permission::{Permission, PermissionSet, Standing, defaults};
use crate::refusal::Refusal;
use crate::retention::Period;
use crate::room::{Room, RoomChanges, RoomCommand, RoomEvent, RoomType, Visibility};
use crate::sealed::{KeyName, Sealed};

fn sealed(text: &str) -> Sealed<String> {
    Sealed::new(KeyName::room(LOUNGE), text.into())
}

fn renamed(name: &str) -> RoomEvent {
    RoomEvent::RoomRenamed { name: sealed(name), by: None, imported: None }
}

fn topic_changed(topic: &str) -> RoomEvent {
    RoomEvent::RoomTopicChanged { topic: sealed(topic), by: None, imported: None }
}

fn update(by: impl Into<Option<Standing>>, changes: RoomChanges) -> RoomCommand {
    RoomCommand::Update { room: LOUNGE, by: by.into(), changes }
}

fn name(name: &str) -> RoomChanges {
    RoomChanges { name: Some(name.into()), ..RoomChanges::default() }
}

fn topic(topic: &str) -> RoomChanges {
    RoomChanges { topic: Some(topic.into()), ..RoomChanges::default() }
}

fn permissions(permissions: PermissionSet) -> RoomChanges {
    RoomChanges { permissions: Some(permissions), ..RoomChanges::default() }
}

fn retain_for(days: impl Into<Option<i64>>) -> RoomChanges {
    RoomChanges { retain_for: Some(days.into().and_then(Period::of_days)), ..RoomChanges::default() }
}

fn kept(days: impl Into<Option<i64>>) -> RoomEvent {
    RoomEvent::RoomRetentionChanged { retain_for: days.into().and_then(Period::of_days) }
}

fn alice() -> Standing {
    member(ALICE, &lounge())
}

#[test]
fn each_thing_that_becomes_different_is_an_event() {
    let changes = RoomChanges {
        name: Some("Salon ".into()),
        topic: Some(" Tea".into()),
        visibility: Some(Visibility::Public),
        permissions: Some(PermissionSet::new()),
        retain_for: Some(Period::of_days(30)),
    };
    given::<Room>([lounge_created()]).when(update(alice(), changes)).then_expect_events(vec![
        renamed("Salon"),
        topic_changed("Tea"),
        RoomEvent::RoomVisibilityChanged { visibility: Visibility::Public },
        RoomEvent::RoomPermissionsChanged { permissions: PermissionSet::new() },
        kept(30),
    ]);
}

#[test]
fn what_stays_is_no_event() {
    let same = RoomChanges {
        name: Some(" Lounge".into()),
        topic: Some(" ".into()),
        visibility: Some(Visibility::Private),
        permissions: Some(defaults(RoomType::Group)),
        retain_for: Some(None),
    };
    given::<Room>([lounge_created()]).when(update(alice(), same)).then_expect_events(vec![]);
    given::<Room>([lounge_created()]).when(update(alice(), RoomChanges::default())).then_expect_events(vec![]);
}

#[test]
fn an_empty_topic_takes_the_topic_away() {
    given::<Room>([lounge_created(), topic_changed("Tea")])
        .when(update(alice(), topic("")))
        .then_expect_events(vec![topic_changed("")]);
    let mut room = lounge();
    room.evolve(&topic_changed("Tea"));
    assert_eq!(room.topic.as_deref(), Some("Tea"));
    room.evolve(&topic_changed(""));
    assert_eq!(room.topic, None);
}

#[test]
fn the_operator_needs_no_standing() {
    given::<Room>([lounge_created()]).when(update(None, topic("Tea"))).then_expect_events(vec![topic_changed("Tea")]);
    given::<Room>([]).when(update(None, topic("Tea"))).then_expect_error(Refusal::NotFound);
}

#[test]
fn changing_a_room_needs_manage_room() {
    let lacks = Refusal::Lacks(Permission::ManageRoom);
    given::<Room>([lounge_created()]).when(update(member(BOB, &lounge()), name("B"))).then_expect_error(lacks);
    let moderator = member_as(BOB, &lounge(), [MODERATOR]);
    given::<Room>([lounge_created()]).when(update(moderator, name("B"))).then_expect_events(vec![renamed("B")]);
}

#[test]
fn strangers_know_public_rooms_alone() {
    let carol = stranger(CAROL, &lounge());
    given::<Room>([lounge_created()]).when(update(carol, name("C"))).then_expect_error(Refusal::NotFound);
    let carol = stranger(CAROL, &public_lounge());
    given::<Room>([public_lounge_created()]).when(update(carol, name("C"))).then_expect_error(Refusal::NotAMember);
}

#[test]
fn an_archived_room_is_not_changed() {
    let past = [lounge_created(), room_archived()];
    let alice = member(ALICE, &archived_lounge());
    given::<Room>(past.clone()).when(update(alice, name("A"))).then_expect_error(Refusal::Archived);
    given::<Room>(past.clone()).when(update(None, name("A"))).then_expect_error(Refusal::Archived);
    // The state goes before what they lack, and what they may not know before the state.
    let bob = member(BOB, &archived_lounge());
    given::<Room>(past.clone()).when(update(bob, name("B"))).then_expect_error(Refusal::Archived);
    let carol = stranger(CAROL, &archived_lounge());
    given::<Room>(past).when(update(carol, name("C"))).then_expect_error(Refusal::NotFound);
}

#[test]
fn nobody_gives_everyone_what_they_lack() {
    let manager = || member_with(BOB, &lounge(), [Permission::ManageRoom]);
    let mut more = defaults(RoomType::Group);
    more.insert(Permission::BanMembers);
    given::<Room>([lounge_created()])
        .when(update(manager(), permissions(more.clone())))
        .then_expect_error(Refusal::Outranked);

    let mut managing = defaults(RoomType::Group);
    managing.insert(Permission::ManageRoom);
    for (by, given_set) in [(manager(), managing), (manager(), PermissionSet::new()), (alice(), more)] {
        given::<Room>([lounge_created()])
            .when(update(by, permissions(given_set.clone())))
            .then_expect_events(vec![RoomEvent::RoomPermissionsChanged { permissions: given_set }]);
    }
}

#[test]
fn one_bad_field_changes_nothing() {
    let changes = RoomChanges { name: Some("Salon".into()), ..topic("\0") };
    given::<Room>([lounge_created()])
        .when(update(alice(), changes))
        .then_expect_error(Refusal::invalid("/topic", "holds the character U+0000"));
    given::<Room>([lounge_created()])
        .when(update(alice(), name(&"x".repeat(201))))
        .then_expect_error(Refusal::invalid("/name", "201 characters where at most 200 are allowed"));
}

#[test]
fn a_room_of_two_gets_no_name() {
    let manager = member_with(BOB, &dialog(), [Permission::ManageRoom]);
    given::<Room>([dialog_created()])
        .when(update(manager, name("Us")))
        .then_expect_error(Refusal::invalid("/name", "a room of two has no name"));
}

#[test]
fn two_never_keep_each_other_from_speaking() {
    let silent = || permissions([Permission::ManageRoom].into());
    let both_speak = Refusal::invalid("/permissions", "in a room of two both send messages");
    for (room, created) in [(dialog(), dialog_created()), (secret(), secret_created())] {
        let manager = member_with(BOB, &room, [Permission::ManageRoom, Permission::SendMessages]);
        given::<Room>([created.clone()]).when(update(manager.clone(), silent())).then_expect_error(both_speak.clone());
        // What else they may do is for who manages it.
        let fewer: PermissionSet = [Permission::SendMessages].into();
        given::<Room>([created.clone()])
            .when(update(manager.clone(), permissions(fewer.clone())))
            .then_expect_events(vec![RoomEvent::RoomPermissionsChanged { permissions: fewer }]);
        // What somebody lacks goes before the value.
        let lacks = Refusal::Lacks(Permission::ManageRoom);
        given::<Room>([created.clone()]).when(update(member(BOB, &room), silent())).then_expect_error(lacks);
        let blocked = Standing { blocked: true, ..manager };
        given::<Room>([created]).when(update(blocked, silent())).then_expect_error(Refusal::Blocked);
    }
    let moderator = member_as(BOB, &lounge(), [MODERATOR]);
    let silenced = RoomEvent::RoomPermissionsChanged { permissions: [Permission::ManageRoom].into() };
    given::<Room>([lounge_created()]).when(update(moderator, silent())).then_expect_events(vec![silenced]);
}

#[test]
fn for_how_long_a_group_keeps_messages_is_for_who_manages_it() {
    given::<Room>([lounge_created()]).when(update(alice(), retain_for(30))).then_expect_events(vec![kept(30)]);
    given::<Room>([lounge_created(), kept(30)])
        .when(update(alice(), retain_for(None)))
        .then_expect_events(vec![kept(None)]);
    given::<Room>([lounge_created(), kept(30)]).when(update(alice(), retain_for(30))).then_expect_events(vec![]);
    let lacks = Refusal::Lacks(Permission::ManageRoom);
    given::<Room>([lounge_created()]).when(update(member(BOB, &lounge()), retain_for(30))).then_expect_error(lacks);
}

#[test]
fn for_how_long_two_keep_messages_either_says() {
    for (past, room) in [(dialog_created(), dialog()), (secret_created(), secret())] {
        let bob = member(BOB, &room);
        given::<Room>([past.clone()]).when(update(bob.clone(), retain_for(1))).then_expect_events(vec![kept(1)]);
        let both = RoomChanges { permissions: Some(PermissionSet::new()), ..retain_for(1) };
        let lacks = Refusal::Lacks(Permission::ManageRoom);
        for changes in [both, RoomChanges::default()] {
            given::<Room>([past.clone()]).when(update(bob.clone(), changes)).then_expect_error(lacks.clone());
        }
        given::<Room>([past]).when(update(blocked(BOB, &room), retain_for(1))).then_expect_error(Refusal::Blocked);
    }
}
