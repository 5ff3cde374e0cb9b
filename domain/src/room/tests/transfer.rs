//! Giving rooms to other owners.

use crate::facts::{
    ALICE, BOB, CAROL, MODERATOR, archived_lounge, dialog, dialog_created, given, lounge, lounge_created, member,
    member_as, public_lounge, public_lounge_created, room_archived, stranger,
};
use crate::permission::{Rank, Standing};
use crate::refusal::Refusal;
use crate::room::{Room, RoomCommand, RoomEvent};

fn transfer(by: Standing, to: Standing) -> RoomCommand {
    RoomCommand::TransferOwnership { by, to }
}

fn to_bob() -> RoomEvent {
    RoomEvent::RoomOwnershipTransferred { from: Some(ALICE), to: BOB }
}

#[test]
fn the_owner_gives_it_to_a_member() {
    let transfer = transfer(member(ALICE, &lounge()), member(BOB, &lounge()));
    given::<Room>([lounge_created()]).when(transfer).then_expect_events(vec![to_bob()]);

    let mut room = lounge();
    room.evolve(&to_bob());
    let (alice, bob) = (member_as(ALICE, &room, [MODERATOR]), member(BOB, &room));
    assert_eq!((bob.rank, bob.effective.len()), (Rank::Owner, 13));
    assert_eq!((alice.owner, alice.rank), (false, Rank::Role(10)), "what is left is what their roles give");
}

#[test]
fn where_nobody_has_it_a_member_is_appointed() {
    let appoint = |to| RoomCommand::AppointOwner { to };
    let bob = || appoint(member(BOB, &lounge()));
    given::<Room>([lounge_created()]).when(bob()).then_expect_events(vec![to_bob()]);
    given::<Room>([lounge_created(), room_archived()]).when(bob()).then_expect_events(vec![to_bob()]);
    given::<Room>([lounge_created(), RoomEvent::RoomClosed]).when(bob()).then_expect_error(Refusal::NotFound);
    given::<Room>([dialog_created()]).when(appoint(member(BOB, &dialog()))).then_expect_error(Refusal::GroupsOnly);
    let refusal = Refusal::invalid("/user_id", "is no member of this room");
    given::<Room>([lounge_created()]).when(appoint(stranger(CAROL, &lounge()))).then_expect_error(refusal);
}

#[test]
fn giving_it_to_its_owner_is_no_event() {
    let alice = || member(ALICE, &lounge());
    given::<Room>([lounge_created()]).when(transfer(alice(), alice())).then_expect_events(vec![]);
}

#[test]
fn nobody_gives_away_what_is_not_theirs() {
    for by in [member(BOB, &lounge()), member_as(BOB, &lounge(), [MODERATOR])] {
        let transfer = transfer(by, member(BOB, &lounge()));
        given::<Room>([lounge_created()]).when(transfer).then_expect_error(Refusal::NotTheOwner);
    }
    let former = RoomEvent::RoomOwnershipTransferred { from: Some(ALICE), to: CAROL };
    let mut room = lounge();
    room.evolve(&former);
    given::<Room>([lounge_created(), former])
        .when(transfer(member(ALICE, &room), member(BOB, &room)))
        .then_expect_error(Refusal::NotTheOwner);
}

#[test]
fn who_is_no_member_owns_nothing() {
    let transfer = transfer(member(ALICE, &lounge()), stranger(CAROL, &lounge()));
    let refusal = Refusal::invalid("/user_id", "is no member of this room");
    given::<Room>([lounge_created()]).when(transfer).then_expect_error(refusal);
}

#[test]
fn an_archived_room_stays_its_owner_s() {
    let room = archived_lounge();
    given::<Room>([lounge_created(), room_archived()])
        .when(transfer(member(ALICE, &room), member(BOB, &room)))
        .then_expect_error(Refusal::Archived);
}

#[test]
fn a_room_of_two_has_no_owner() {
    given::<Room>([dialog_created()])
        .when(transfer(member(ALICE, &dialog()), member(BOB, &dialog())))
        .then_expect_error(Refusal::GroupsOnly);
}

#[test]
fn strangers_know_public_rooms_alone() {
    // The owner too, while they are away.
    for who in [ALICE, CAROL] {
        let room = lounge();
        given::<Room>([lounge_created()])
            .when(transfer(stranger(who, &room), member(BOB, &room)))
            .then_expect_error(Refusal::NotFound);
        let room = public_lounge();
        given::<Room>([public_lounge_created()])
            .when(transfer(stranger(who, &room), member(BOB, &room)))
            .then_expect_error(Refusal::NotAMember);
    }
}
