//! Files of messages that are forwarded.

use super::{COPY, NOTES, after, bytes, deleted, named, sent, uploaded, uploaded_as};
use crate::facts::{ALICE, BOB, CAROL, ELSEWHERE, GREETING, LOUNGE, erased, given, personal};
use crate::file::{File, FileCommand, FileEvent, Source};
use crate::id::{FileId, RoomId, UserId};
use crate::refusal::Refusal;

/// What is made of the copy.
const AGAIN: FileId = FileId(uuid::Uuid::from_u128(0x62));

fn forward(id: FileId, by: UserId, source: Source, room: RoomId) -> FileCommand {
    FileCommand::Forward { id, by, source, room, message: GREETING }
}

fn forwarded(id: FileId, owner_id: UserId, forwarded_from: FileId, room_id: RoomId) -> FileEvent {
    FileEvent::FileForwarded {
        owner_id,
        author_id: ALICE,
        forwarded_from,
        filename_visible: named(id, "notes.txt"),
        blob: bytes(),
        room_id,
        message_id: GREETING,
    }
}

#[test]
fn a_forward_is_a_record_of_its_own_of_the_same_bytes() {
    let source = Source::of(NOTES, &after([uploaded()]));
    let event = forwarded(COPY, BOB, NOTES, LOUNGE);
    given::<File>([]).when(forward(COPY, BOB, source.clone(), LOUNGE)).then_expect_events(vec![event.clone()]);
    let copy = after([event]);
    assert_eq!((copy.owner_id, copy.author_id, copy.rooms.len()), (Some(BOB), Some(ALICE), 1));
    // Its owner sees it in the room, and ends it with the message.
    let withdraw = FileCommand::Withdraw { by: BOB, room: LOUNGE, message: GREETING };
    assert_eq!(copy.decide(withdraw).map(|events| events.len()), Ok(1));

    let again = forward(AGAIN, CAROL, Source::of(COPY, &copy), ELSEWHERE);
    given::<File>([]).when(again).then_expect_events(vec![forwarded(AGAIN, CAROL, COPY, ELSEWHERE)]);
    given::<File>([uploaded()]).when(forward(COPY, BOB, source, LOUNGE)).then_expect_error(Refusal::IdTaken);
}

#[test]
fn of_what_is_gone_nothing_is_forwarded() {
    for past in [vec![], vec![uploaded(), sent(LOUNGE, GREETING), deleted()], vec![uploaded_as(erased())]] {
        let source = Source::of(NOTES, &after(past));
        given::<File>([]).when(forward(COPY, BOB, source, LOUNGE)).then_expect_events(vec![]);
    }
}

#[test]
fn nothing_leaves_a_secret_room() {
    let file = File { room_id: Some(LOUNGE), ..after([uploaded_as(personal(ALICE, "x".into()))]) };
    let command = forward(COPY, BOB, Source::of(NOTES, &file), ELSEWHERE);
    given::<File>([]).when(command).then_expect_error(Refusal::StaysSecret);
}

#[test]
fn each_file_of_a_forward_has_an_id_that_follows_from_it() {
    let ids = [0, 1, 0].map(|ordinal| File::forwarded_id(GREETING, ordinal));
    assert_eq!(ids[0], ids[2]);
    assert_ne!(ids[0], ids[1]);
}
