//! Given, when, then: legal holds.

use uuid::Uuid;

use super::decide::HOLDS_MAX;
use super::{Holds, HoldsCommand, HoldsEvent, Kept};
use crate::facts::{ALICE, BOB, CAROL, ELSEWHERE, LOUNGE as ROOM, given};
use crate::id::HoldId;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

const HOLD: HoldId = HoldId(Uuid::from_u128(0x0190_a5e9_0000_7000_8000_0000_0000_0001));
const THE_ROOM: Kept = Kept { room_id: Some(ROOM), user_id: None };
const BOB_S: Kept = Kept { room_id: None, user_id: Some(BOB) };
const BOB_S_IN_THE_ROOM: Kept = Kept { room_id: Some(ROOM), user_id: Some(BOB) };

fn because(reason: &str) -> Sealed<String> {
    Sealed::new(KeyName::audit(ALICE), reason.into())
}

fn placed(Kept { room_id, user_id }: Kept) -> HoldsEvent {
    HoldsEvent::HoldPlaced { hold_id: HOLD, room_id, user_id, reason: because("case 7") }
}

fn lifted() -> HoldsEvent {
    HoldsEvent::HoldLifted { hold_id: HOLD, reason: because("settled") }
}

fn place(keeps: Kept, reason: &str) -> HoldsCommand {
    HoldsCommand::Place { id: HOLD, by: ALICE, keeps, reason: reason.into() }
}

fn lift() -> HoldsCommand {
    HoldsCommand::Lift { id: HOLD, by: ALICE, reason: " settled ".into() }
}

fn with(keeps: Kept) -> Holds {
    let mut holds = Holds::default();
    holds.evolve(&placed(keeps));
    holds
}

#[test]
fn a_hold_is_placed_once_and_lifted_once() {
    given::<Holds>([]).when(place(THE_ROOM, " case 7 ")).then_expect_events(vec![placed(THE_ROOM)]);
    given::<Holds>([placed(THE_ROOM)]).when(place(THE_ROOM, "case 7")).then_expect_events(vec![]);
    given::<Holds>([placed(THE_ROOM)]).when(lift()).then_expect_events(vec![lifted()]);
    given::<Holds>([placed(THE_ROOM), lifted()]).when(lift()).then_expect_events(vec![]);
    given::<Holds>([]).when(lift()).then_expect_error(Refusal::NotFound);
}

#[test]
fn an_id_is_of_one_hold() {
    given::<Holds>([placed(THE_ROOM)]).when(place(BOB_S, "case 7")).then_expect_error(Refusal::IdTaken);
    given::<Holds>([placed(THE_ROOM)]).when(place(THE_ROOM, "case 8")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn a_hold_that_was_lifted_is_not_placed_again() {
    let past = [placed(THE_ROOM), lifted()];
    given::<Holds>(past.clone()).when(place(THE_ROOM, "case 7")).then_expect_error(Refusal::HoldLifted);
    given::<Holds>(past).when(place(BOB_S, "case 7")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn a_hold_says_what_and_why() {
    let nothing = Kept { room_id: None, user_id: None };
    let needs = Refusal::invalid("", "needs a room_id, a user_id, or both");
    given::<Holds>([]).when(place(nothing, "case 7")).then_expect_error(needs);
    let empty = Refusal::invalid("/reason", "must not be empty");
    given::<Holds>([]).when(place(THE_ROOM, " ")).then_expect_error(empty);
}

#[test]
fn there_are_so_many_and_no_more() {
    let many = (0..HOLDS_MAX).map(|number| HoldsEvent::HoldPlaced {
        hold_id: HoldId(Uuid::from_u128(number as u128)),
        room_id: Some(ROOM),
        user_id: None,
        reason: because("case 7"),
    });
    let most = Refusal::LimitReached { what: "legal holds", most: HOLDS_MAX };
    given::<Holds>(many.collect::<Vec<_>>()).when(place(THE_ROOM, "case 7")).then_expect_error(most);
}

#[test]
fn what_is_held_is_not_let_go() {
    let held = Err(Refusal::LegalHold);
    let room = with(THE_ROOM);
    assert_eq!(
        [room.let_go(BOB, ROOM), room.let_go(CAROL, ROOM), room.let_room_go(ROOM)],
        [const { Err(Refusal::LegalHold) }; 3]
    );
    assert_eq!(
        [room.let_go(BOB, ELSEWHERE), room.let_room_go(ELSEWHERE), room.let_user_go(BOB)],
        [Ok(()), Ok(()), Ok(())]
    );
    assert_eq!(room.rooms(), [ROOM]);

    let bob = with(BOB_S);
    assert_eq!(
        [bob.let_go(BOB, ROOM), bob.let_go(BOB, ELSEWHERE), bob.let_user_go(BOB)],
        [const { Err(Refusal::LegalHold) }; 3]
    );
    assert_eq!([bob.let_go(CAROL, ROOM), bob.let_room_go(ROOM), bob.let_user_go(CAROL)], [Ok(()), Ok(()), Ok(())]);

    let both = with(BOB_S_IN_THE_ROOM);
    assert_eq!(
        [both.let_go(BOB, ROOM), both.let_room_go(ROOM), both.let_user_go(BOB)],
        [const { Err(Refusal::LegalHold) }; 3]
    );
    assert_eq!(
        [both.let_go(BOB, ELSEWHERE), both.let_go(CAROL, ROOM), both.let_user_go(CAROL)],
        [Ok(()), Ok(()), Ok(())]
    );
    assert!(both.rooms().is_empty());

    let people = |holds: &Holds| holds.people().collect::<Vec<_>>();
    assert_eq!([people(&room), people(&bob), people(&both)], [vec![], vec![BOB], vec![]]);

    let mut no_more = with(THE_ROOM);
    assert_eq!(no_more.let_go(BOB, ROOM), held);
    no_more.evolve(&lifted());
    assert_eq!((no_more.let_go(BOB, ROOM), no_more.let_room_go(ROOM), no_more.rooms()), (Ok(()), Ok(()), vec![]));
}
