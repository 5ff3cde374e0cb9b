//! Who may see a file.

use super::{alice, deleted, granted, outsider, reader, sent, uploaded};
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, GREETING, LOUNGE, archived_lounge, given, lounge, member, member_with, secret,
    stranger,
};
use crate::file::{Asker, CHANGES_MAX, File, FileCommand, FileEvent, Grantee, PLACES_MAX, To};
use crate::id::UserId;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use uuid::Uuid;

fn grant(by: Asker, to: To) -> FileCommand {
    FileCommand::Grant { by, to }
}

fn to_lounge(standing: Standing) -> FileCommand {
    grant(alice(), To::Room(LOUNGE, standing))
}

fn revoke(by: Asker, from: Grantee) -> FileCommand {
    FileCommand::Revoke { by, from }
}

fn revoked(from: Grantee) -> FileEvent {
    FileEvent::FileRevoked { from, message_id: None }
}

#[test]
fn its_owner_lets_people_and_rooms_see_it() {
    let (bob, room) = (granted(Grantee::User(BOB)), granted(Grantee::Room(LOUNGE)));
    given::<File>([uploaded()]).when(grant(alice(), To::User(BOB))).then_expect_events(vec![bob.clone()]);
    given::<File>([uploaded(), bob]).when(grant(alice(), To::User(BOB))).then_expect_events(vec![]);
    given::<File>([uploaded()]).when(grant(alice(), To::User(ALICE))).then_expect_events(vec![]);
    let by = || member(ALICE, &lounge());
    given::<File>([uploaded()]).when(to_lounge(by())).then_expect_events(vec![room.clone()]);
    given::<File>([uploaded(), room.clone()]).when(to_lounge(by())).then_expect_events(vec![]);
    // What a message gave ends with it; what its owner gave does not.
    given::<File>([uploaded(), sent(LOUNGE, GREETING)]).when(to_lounge(by())).then_expect_events(vec![room]);
}

#[test]
fn a_room_gets_it_from_who_may_send_files_there() {
    for (by, refusal) in [
        (stranger(ALICE, &lounge()), Refusal::NotFound),
        (member(ALICE, &archived_lounge()), Refusal::Archived),
        (member_with(BOB, &lounge(), [Permission::SendMessages]), Refusal::Lacks(Permission::SendFiles)),
        (member(ALICE, &secret()), Refusal::invalid("", "in a secret room files come with messages alone")),
    ] {
        given::<File>([uploaded()]).when(to_lounge(by)).then_expect_error(refusal);
    }
}

#[test]
fn its_owner_takes_it_away_whatever_it_came_by() {
    let past = [uploaded(), granted(Grantee::User(BOB)), sent(LOUNGE, GREETING), granted(Grantee::Room(LOUNGE))];
    for from in [Grantee::User(BOB), Grantee::Room(LOUNGE)] {
        given::<File>(past.clone()).when(revoke(alice(), from)).then_expect_events(vec![revoked(from)]);
        let again = past.clone().into_iter().chain([revoked(from)]).collect::<Vec<_>>();
        given::<File>(again).when(revoke(alice(), from)).then_expect_events(vec![]);
    }
    given::<File>(past).when(revoke(alice(), Grantee::Room(ELSEWHERE))).then_expect_events(vec![]);
}

#[test]
fn others_change_nothing_of_it() {
    let commands = |by| [grant(by, To::User(CAROL)), revoke(by, Grantee::User(BOB))];
    for command in commands(reader(BOB)) {
        let past = [uploaded(), granted(Grantee::User(BOB))];
        given::<File>(past).when(command).then_expect_error(Refusal::NotTheOwnerOfTheFile);
    }
    for command in commands(outsider(BOB)) {
        given::<File>([uploaded()]).when(command).then_expect_error(Refusal::NotFound);
    }
    for command in commands(alice()) {
        given::<File>([uploaded(), deleted()]).when(command).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn it_is_granted_to_so_many_places_alone() {
    let people = (0..PLACES_MAX).map(|number| UserId(Uuid::from_u128(number as u128)));
    let past: Vec<_> = [uploaded()].into_iter().chain(people.map(|user| granted(Grantee::User(user)))).collect();
    let full = || Refusal::LimitReached { what: "places where this file may be seen", most: PLACES_MAX };
    given::<File>(past.clone()).when(grant(alice(), To::User(BOB))).then_expect_error(full());
    let send = FileCommand::Send { by: member(ALICE, &lounge()), room: LOUNGE, message: GREETING, ordinal: 0 };
    given::<File>(past).when(send).then_expect_error(full());
}

/// So that its stream stays short, whatever its owner does: whoever deletes a message takes its files from the room.
#[test]
fn it_is_granted_so_often_alone_and_taken_away_always() {
    let turns = [granted(Grantee::User(BOB)), revoked(Grantee::User(BOB))].into_iter().cycle();
    let past: Vec<_> = [uploaded()].into_iter().chain(turns.take(CHANGES_MAX - 1)).collect();
    let full = || Refusal::LimitReached { what: "changes of where this file may be seen", most: CHANGES_MAX };
    given::<File>(past[..CHANGES_MAX - 1].to_vec())
        .when(grant(alice(), To::User(CAROL)))
        .then_expect_events(vec![granted(Grantee::User(CAROL))]);
    given::<File>(past.clone()).when(grant(alice(), To::User(CAROL))).then_expect_error(full());
    let send = FileCommand::Send { by: member(ALICE, &lounge()), room: LOUNGE, message: GREETING, ordinal: 0 };
    given::<File>(past.clone()).when(send).then_expect_error(full());
    given::<File>(past.clone()).when(grant(alice(), To::User(BOB))).then_expect_events(vec![]);
    let from = Grantee::User(BOB);
    given::<File>(past).when(revoke(alice(), from)).then_expect_events(vec![revoked(from)]);
}
