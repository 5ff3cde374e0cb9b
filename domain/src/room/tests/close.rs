//! Closing rooms.

use std::collections::BTreeSet;

use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, MODERATOR, archived_lounge, closed_lounge, dialog, dialog_created, given, lounge,
    lounge_created, member, member_as, public_lounge, public_lounge_created, room_archived, stranger,
};
use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::{NewRoom, Room, RoomChanges, RoomCommand, RoomEvent, RoomType, Visibility};

fn close(by: Standing) -> RoomCommand {
    RoomCommand::Close { by, is_admin: false }
}

fn close_as_admin(by: Standing) -> RoomCommand {
    RoomCommand::Close { by, is_admin: true }
}

#[test]
fn the_owner_closes_it_archived_or_not() {
    let past = [lounge_created(), room_archived()];
    for (room, past) in [(lounge(), &past[..1]), (archived_lounge(), &past[..])] {
        given::<Room>(past).when(close(member(ALICE, &room))).then_expect_events(vec![RoomEvent::RoomClosed]);
    }
}

#[test]
fn an_admin_of_the_instance_closes_any_room_a_member_or_not() {
    let rooms =
        [(lounge(), lounge_created()), (public_lounge(), public_lounge_created()), (dialog(), dialog_created())];
    for (room, past) in rooms {
        for by in [stranger(CAROL, &room), member(BOB, &room)] {
            let closed = vec![RoomEvent::RoomClosed];
            given::<Room>([past.clone()]).when(close_as_admin(by)).then_expect_events(closed);
        }
    }
}

#[test]
fn nobody_else_closes_it() {
    for by in [member(BOB, &lounge()), member_as(BOB, &lounge(), [MODERATOR])] {
        given::<Room>([lounge_created()]).when(close(by)).then_expect_error(Refusal::NotTheOwner);
    }
    given::<Room>([dialog_created()]).when(close(member(ALICE, &dialog()))).then_expect_error(Refusal::NotTheOwner);
}

#[test]
fn strangers_know_public_rooms_alone() {
    for who in [ALICE, CAROL] {
        let by = stranger(who, &lounge());
        given::<Room>([lounge_created()]).when(close(by)).then_expect_error(Refusal::NotFound);
        let by = stranger(who, &public_lounge());
        given::<Room>([public_lounge_created()]).when(close(by)).then_expect_error(Refusal::NotAMember);
    }
}

#[test]
fn what_is_closed_is_not_there_for_anybody() {
    let alice = || member(ALICE, &closed_lounge());
    assert_eq!((alice().exists, alice().present, alice().effective.len()), (false, false, 0));
    let changes = RoomChanges { name: Some("Salon".into()), ..RoomChanges::default() };
    for command in [
        close(alice()),
        close_as_admin(alice()),
        RoomCommand::Archive { by: Some(alice()) },
        RoomCommand::Unarchive { by: None },
        RoomCommand::Update { room: LOUNGE, by: Some(alice()), changes: changes.clone() },
        RoomCommand::Update { room: LOUNGE, by: None, changes },
        RoomCommand::TransferOwnership { by: alice(), to: alice() },
    ] {
        given::<Room>([lounge_created(), RoomEvent::RoomClosed]).when(command).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn a_public_room_that_was_closed_is_as_hidden_as_one_that_never_was() {
    let mut room = public_lounge();
    room.evolve(&RoomEvent::RoomClosed);
    assert_eq!(stranger(CAROL, &room), stranger(CAROL, &Room::default()));
}

#[test]
fn its_id_stays_taken() {
    let new = NewRoom {
        room: LOUNGE,
        room_type: RoomType::Group,
        visibility: Visibility::Private,
        name: Some("Lounge".into()),
        topic: None,
        permissions: None,
        created_by: Some(ALICE),
        members: BTreeSet::new(),
        imported: None,
    };
    given::<Room>([lounge_created(), RoomEvent::RoomClosed])
        .when(RoomCommand::Create(new))
        .then_expect_error(Refusal::IdTaken);
}
