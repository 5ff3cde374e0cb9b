//! Given, when, then: rooms.

mod close;
mod create;
mod import;
mod limit;
mod role;
mod transfer;
mod update;

use super::{Room, RoomCommand};
use crate::facts::{
    ALICE, BOB, CAROL, MODERATOR, archived_lounge, dialog, dialog_created, given, lounge, lounge_created, member,
    member_as, member_with, public_lounge, public_lounge_created, room_archived, room_unarchived, secret,
    secret_created, stranger,
};
use crate::permission::{Permission, Rank, Standing};
use crate::refusal::Refusal;

fn archive(by: Option<Standing>) -> RoomCommand {
    RoomCommand::Archive { by }
}

fn unarchive(by: Option<Standing>) -> RoomCommand {
    RoomCommand::Unarchive { by }
}

#[test]
fn who_manages_it_archives_it_and_takes_it_out() {
    let archived = room_archived();
    for by in [Some(member(ALICE, &lounge())), Some(member_as(BOB, &lounge(), [MODERATOR])), None] {
        given::<Room>([lounge_created()]).when(archive(by.clone())).then_expect_events(vec![archived.clone()]);
        given::<Room>([lounge_created(), archived.clone()])
            .when(unarchive(by))
            .then_expect_events(vec![room_unarchived()]);
    }
}

#[test]
fn archiving_again_is_no_event() {
    let alice = || Some(member(ALICE, &archived_lounge()));
    given::<Room>([lounge_created(), room_archived()]).when(archive(alice())).then_expect_events(vec![]);
    given::<Room>([lounge_created()]).when(unarchive(alice())).then_expect_events(vec![]);
}

#[test]
fn who_does_not_manage_it_archives_nothing() {
    let lacks = Refusal::Lacks(Permission::ManageRoom);
    let bob = || Some(member(BOB, &lounge()));
    given::<Room>([lounge_created()]).when(archive(bob())).then_expect_error(lacks.clone());
    given::<Room>([lounge_created(), room_archived()]).when(unarchive(bob())).then_expect_error(lacks);
}

#[test]
fn strangers_know_public_rooms_alone() {
    for command in [archive, unarchive] {
        let carol = Some(stranger(CAROL, &lounge()));
        given::<Room>([lounge_created()]).when(command(carol)).then_expect_error(Refusal::NotFound);
        let carol = Some(stranger(CAROL, &public_lounge()));
        given::<Room>([public_lounge_created()]).when(command(carol)).then_expect_error(Refusal::NotAMember);
    }
}

#[test]
fn what_is_not_there_is_not_found_by_the_operator_either() {
    for command in [archive, unarchive] {
        given::<Room>([]).when(command(None)).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn nobody_owns_a_room_of_two() {
    let lacks = Refusal::Lacks(Permission::ManageRoom);
    let alice = Some(member(ALICE, &dialog()));
    given::<Room>([dialog_created()]).when(archive(alice)).then_expect_error(lacks);
    assert_eq!(dialog().owner, None);
}

#[test]
fn of_two_who_manage_their_room_only_who_is_heard_archives_it() {
    for (room, created) in [(dialog(), dialog_created()), (secret(), secret_created())] {
        let bob = member_with(BOB, &room, [Permission::ManageRoom]);
        let blocked = Standing { blocked: true, ..bob.clone() };
        let past = [created.clone(), room_archived()];
        given::<Room>([created.clone()]).when(archive(Some(blocked.clone()))).then_expect_error(Refusal::Blocked);
        given::<Room>(past.clone()).when(unarchive(Some(blocked.clone()))).then_expect_error(Refusal::Blocked);
        // Also where it would change nothing, and where they lack the right besides.
        given::<Room>(past.clone()).when(archive(Some(blocked))).then_expect_error(Refusal::Blocked);
        let both = Standing { blocked: true, ..member(BOB, &room) };
        given::<Room>([created.clone()]).when(archive(Some(both))).then_expect_error(Refusal::Blocked);
        given::<Room>([created]).when(archive(Some(bob.clone()))).then_expect_events(vec![room_archived()]);
        given::<Room>(past).when(unarchive(Some(bob))).then_expect_events(vec![room_unarchived()]);
    }
}

#[test]
fn ownership_is_without_effect_while_the_owner_is_no_member() {
    let away = stranger(ALICE, &lounge());
    assert_eq!((away.owner, away.rank, away.effective.len()), (false, Rank::None, 0));
    let back = member(ALICE, &lounge());
    assert_eq!((back.owner, back.rank, back.effective.len()), (true, Rank::Owner, 13));
}
