//! Making rooms.

use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, dialog_created, from_slack, given, lounge_created, public_lounge_created,
    secret_created, slack,
};
use crate::permission::{Permission, PermissionSet, defaults};
use crate::refusal::Refusal;
use crate::room::{NewRoom, Room, RoomCommand, RoomEvent, RoomType, Visibility};
use crate::sealed::{KeyName, Sealed};

fn new_lounge() -> NewRoom {
    NewRoom {
        room: LOUNGE,
        room_type: RoomType::Group,
        visibility: Visibility::Private,
        name: Some(" Lounge ".into()),
        topic: None,
        permissions: None,
        created_by: Some(ALICE),
        members: [].into(),
        imported: None,
    }
}

fn new_dialog() -> NewRoom {
    NewRoom { room_type: RoomType::Dialog, name: None, members: [ALICE, BOB].into(), ..new_lounge() }
}

fn new_secret() -> NewRoom {
    NewRoom { room_type: RoomType::Secret, ..new_dialog() }
}

fn import() -> NewRoom {
    NewRoom {
        visibility: Visibility::Public,
        topic: Some("All things".into()),
        created_by: None,
        imported: Some(slack()),
        ..new_lounge()
    }
}

fn imported() -> RoomEvent {
    let key = KeyName::room(LOUNGE);
    RoomEvent::RoomCreated {
        room_type: RoomType::Group,
        visibility: Visibility::Public,
        name: Some(Sealed::new(key.clone(), "Lounge".into())),
        topic: Some(Sealed::new(key.clone(), "All things".into())),
        permissions: defaults(RoomType::Group),
        created_by: None,
        members: [].into(),
        imported: Some(from_slack(key)),
    }
}

#[test]
fn a_group_has_a_trimmed_name_and_the_usual_permissions() {
    given::<Room>([]).when(RoomCommand::Create(new_lounge())).then_expect_events(vec![lounge_created()]);
    let public = NewRoom { visibility: Visibility::Public, topic: Some("  ".into()), ..new_lounge() };
    given::<Room>([]).when(RoomCommand::Create(public)).then_expect_events(vec![public_lounge_created()]);
}

#[test]
fn its_maker_says_what_members_may_do() {
    let permissions: PermissionSet = [Permission::React].into();
    let silent = NewRoom { permissions: Some(permissions.clone()), ..new_lounge() };
    let made = given::<Room>([]).when(RoomCommand::Create(silent)).inspect_result().unwrap();
    let mut room = Room::default();
    for event in &made {
        room.evolve(event);
    }
    assert_eq!(room.permissions, permissions);
}

#[test]
fn a_group_may_have_no_name_but_not_a_blank_one() {
    let nameless = NewRoom { name: None, ..new_lounge() };
    let mut created = lounge_created();
    if let RoomEvent::RoomCreated { name, .. } = &mut created {
        *name = None;
    }
    given::<Room>([]).when(RoomCommand::Create(nameless)).then_expect_events(vec![created]);
    let blank = NewRoom { name: Some("  ".into()), ..new_lounge() };
    let refusal = Refusal::invalid("/name", "0 characters where at least 1 are needed");
    given::<Room>([]).when(RoomCommand::Create(blank)).then_expect_error(refusal);
}

#[test]
fn a_topic_has_its_limit() {
    let verbose = NewRoom { topic: Some("x".repeat(1001)), ..new_lounge() };
    let refusal = Refusal::invalid("/topic", "1001 characters where at most 1000 are allowed");
    given::<Room>([]).when(RoomCommand::Create(verbose)).then_expect_error(refusal);
}

#[test]
fn a_room_of_two_is_private_and_has_neither_name_nor_topic() {
    given::<Room>([]).when(RoomCommand::Create(new_dialog())).then_expect_events(vec![dialog_created()]);
    given::<Room>([]).when(RoomCommand::Create(new_secret())).then_expect_events(vec![secret_created()]);
    for room_type in [RoomType::Dialog, RoomType::Secret] {
        let of_two = || NewRoom { room_type, ..new_dialog() };
        let cases = [
            (NewRoom { name: Some("Us".into()), ..of_two() }, "/name", "a room of two has no name"),
            (NewRoom { topic: Some("Us".into()), ..of_two() }, "/topic", "a room of two has no topic"),
            (NewRoom { visibility: Visibility::Public, ..of_two() }, "/visibility", "a room of two is private"),
            (
                NewRoom { permissions: Some([Permission::React].into()), ..of_two() },
                "/permissions",
                "in a room of two both send messages",
            ),
        ];
        for (new, pointer, detail) in cases {
            let refusal = Refusal::invalid(pointer, detail);
            // Also where it is there already.
            if room_type == RoomType::Dialog {
                let again = RoomCommand::Create(new.clone());
                given::<Room>([dialog_created()]).when(again).then_expect_error(refusal.clone());
            }
            given::<Room>([]).when(RoomCommand::Create(new)).then_expect_error(refusal);
        }
    }
}

#[test]
fn rooms_of_two_let_both_pin() {
    let group = defaults(RoomType::Group);
    for room_type in [RoomType::Dialog, RoomType::Secret] {
        assert_eq!(&defaults(room_type) - &group, [Permission::PinMessages].into());
    }
}

#[test]
fn a_room_of_two_has_two_members_and_a_group_names_none() {
    for room_type in [RoomType::Dialog, RoomType::Secret] {
        for members in [vec![], vec![ALICE], vec![ALICE, BOB, CAROL]] {
            let new = NewRoom { room_type, members: members.into_iter().collect(), ..new_dialog() };
            let refusal = Refusal::invalid("/member_ids", "a room of two needs one other");
            given::<Room>([]).when(RoomCommand::Create(new)).then_expect_error(refusal);
        }
    }
    let group = NewRoom { members: [ALICE, BOB].into(), ..new_lounge() };
    given::<Room>([]).when(RoomCommand::Create(group)).then_expect_events(vec![lounge_created()]);
}

#[test]
fn a_dialog_has_one_id_whoever_asks() {
    let id = Room::dialog_id(ALICE, BOB);
    assert_eq!(id, Room::dialog_id(BOB, ALICE));
    assert_eq!(id.0.get_version_num(), 8);
    for (one, other) in [(ALICE, CAROL), (BOB, CAROL), (ALICE, ALICE)] {
        assert_ne!(id, Room::dialog_id(one, other));
    }
    // The first 16 bytes of `printf 'dialog\0<BOB>:<ALICE>' | sha256sum`, as a UUID of version 8, for ever.
    assert_eq!(id.to_string(), "a2c0d7f6-a68c-85cf-8744-90bbc813accb");
}

#[test]
fn two_talk_to_each_other() {
    for room in [crate::facts::dialog(), crate::facts::secret()] {
        assert_eq!((room.other(ALICE), room.other(BOB)), (Some(BOB), Some(ALICE)));
    }
    assert_eq!(crate::facts::lounge().other(ALICE), None);
}

#[test]
fn an_id_is_made_once() {
    given::<Room>([lounge_created()]).when(RoomCommand::Create(new_lounge())).then_expect_error(Refusal::IdTaken);
    given::<Room>([secret_created()]).when(RoomCommand::Create(new_secret())).then_expect_error(Refusal::IdTaken);
}

#[test]
fn asking_for_a_dialog_that_is_there_is_no_event() {
    given::<Room>([dialog_created()]).when(RoomCommand::Create(new_dialog())).then_expect_events(vec![]);
}

#[test]
fn an_import_makes_a_room_that_nobody_owns_once() {
    given::<Room>([]).when(RoomCommand::Create(import())).then_expect_events(vec![imported()]);
    given::<Room>([imported()]).when(RoomCommand::Create(import())).then_expect_events(vec![]);
    // What is there is not made again, whatever the source says of it by now.
    let verbose = NewRoom { topic: Some("x".repeat(1001)), ..import() };
    given::<Room>([imported()]).when(RoomCommand::Create(verbose)).then_expect_events(vec![]);
    let mut room = Room::default();
    room.evolve(&imported());
    assert_eq!(room.owner, None);
}

#[test]
fn a_dialog_that_was_closed_is_not_there_to_be_asked_for() {
    given::<Room>([dialog_created(), RoomEvent::RoomClosed])
        .when(RoomCommand::Create(new_dialog()))
        .then_expect_error(Refusal::NotFound);
}
