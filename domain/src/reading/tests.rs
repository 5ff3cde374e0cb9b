//! Given, when, then: readings.

use super::{Reading, ReadingCommand, ReadingEvent};
use crate::facts::{BOB, LOUNGE, archived_lounge, given, lounge, member, public_lounge, stranger};
use crate::permission::Standing;
use crate::refusal::Refusal;

fn advanced(position: i64) -> ReadingEvent {
    ReadingEvent::ReadAdvanced { room_id: LOUNGE, user_id: BOB, position }
}

fn advance(by: Standing, position: i64) -> ReadingCommand {
    ReadingCommand::Advance { room: LOUNGE, by, position, newest: 100 }
}

#[test]
fn reading_advances_up_to_the_newest_position() {
    let bob = || member(BOB, &lounge());
    given::<Reading>([]).when(advance(bob(), 1)).then_expect_events(vec![advanced(1)]);
    given::<Reading>([advanced(41)]).when(advance(bob(), 100)).then_expect_events(vec![advanced(100)]);
}

#[test]
fn it_never_goes_back() {
    for position in [0, 40, 41] {
        given::<Reading>([advanced(41)]).when(advance(member(BOB, &lounge()), position)).then_expect_events(vec![]);
    }
}

#[test]
fn what_does_not_exist_is_not_read() {
    for position in [i64::MIN, -1] {
        given::<Reading>([])
            .when(advance(member(BOB, &lounge()), position))
            .then_expect_error(Refusal::invalid("/position", "is below 0"));
    }
    given::<Reading>([]).when(advance(member(BOB, &lounge()), 101)).then_expect_error(Refusal::PositionUnknown);
}

#[test]
fn an_archived_room_is_read() {
    given::<Reading>([]).when(advance(member(BOB, &archived_lounge()), 7)).then_expect_events(vec![advanced(7)]);
}

#[test]
fn only_members_read() {
    given::<Reading>([]).when(advance(stranger(BOB, &lounge()), 101)).then_expect_error(Refusal::NotFound);
    given::<Reading>([]).when(advance(stranger(BOB, &public_lounge()), 1)).then_expect_error(Refusal::NotAMember);
}

#[test]
fn each_member_has_a_stream_in_each_room() {
    assert_eq!(
        Reading::stream(LOUNGE, BOB),
        "00000000-0000-0000-0000-000000000010:00000000-0000-0000-0000-000000000b0b"
    );
}
