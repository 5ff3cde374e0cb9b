//! Given, when, then: calls.

use super::{Call, CallCommand, CallEvent, Departure, JOINS_MOST, Media, Outcome, PARTICIPANTS_MOST};
use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, archived_lounge, blocked, dialog, given, lounge, member, member_with, public_lounge,
    stranger,
};
use crate::id::UserId;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use uuid::Uuid;

/// Somebody who may do nothing but be in the lounge.
fn silent(user: UserId) -> Standing {
    member_with(user, &lounge(), [])
}

fn start(by: Standing) -> CallCommand {
    CallCommand::Start { room: LOUNGE, by, media: Media::Video }
}

fn join(by: Standing) -> CallCommand {
    CallCommand::Join { by }
}

fn leave(by: Standing) -> CallCommand {
    CallCommand::Leave { by }
}

fn end(by: Standing) -> CallCommand {
    CallCommand::End { by }
}

fn lose(user: UserId, why: Departure) -> CallCommand {
    CallCommand::Lose { user, why }
}

fn started() -> CallEvent {
    CallEvent::CallStarted { room_id: LOUNGE, by: CAROL, media: Media::Video }
}

fn joined(user_id: UserId) -> CallEvent {
    CallEvent::CallJoined { room_id: LOUNGE, user_id }
}

fn declined(user_id: UserId) -> CallEvent {
    CallEvent::CallDeclined { room_id: LOUNGE, user_id }
}

fn left(user_id: UserId, why: Departure) -> CallEvent {
    CallEvent::CallLeft { room_id: LOUNGE, user_id, why }
}

fn ended(by: impl Into<Option<UserId>>, outcome: Outcome) -> CallEvent {
    CallEvent::CallEnded { room_id: LOUNGE, by: by.into(), outcome }
}

fn when(past: impl Into<Vec<CallEvent>>, command: CallCommand) -> cqrs_es::test::AggregateResultValidator<Call> {
    given::<Call>(past).when(command)
}

#[test]
fn who_may_start_calls_starts_one() {
    when([], start(member(CAROL, &lounge()))).then_expect_events(vec![started()]);
    when([], start(member_with(CAROL, &lounge(), [Permission::StartCalls]))).then_expect_events(vec![started()]);
    when([], start(silent(CAROL))).then_expect_error(Refusal::Lacks(Permission::StartCalls));
    when([started()], start(member(CAROL, &lounge()))).then_expect_error(Refusal::IdTaken);
}

#[test]
fn nothing_starts_where_nothing_is_written() {
    when([], start(member(CAROL, &archived_lounge()))).then_expect_error(Refusal::Archived);
    when([], start(blocked(CAROL, &dialog()))).then_expect_error(Refusal::Blocked);
    when([], start(stranger(CAROL, &lounge()))).then_expect_error(Refusal::NotFound);
    when([], start(stranger(CAROL, &public_lounge()))).then_expect_error(Refusal::NotAMember);
}

#[test]
fn members_join_and_that_once() {
    when([started()], join(silent(BOB))).then_expect_events(vec![joined(BOB)]);
    when([started(), joined(BOB)], join(silent(BOB))).then_expect_events(vec![]);
    when([started()], join(silent(CAROL))).then_expect_events(vec![]);
    when([started(), joined(BOB), left(BOB, Departure::Gone)], join(silent(BOB))).then_expect_events(vec![joined(BOB)]);
    when([started(), declined(BOB)], join(silent(BOB))).then_expect_events(vec![joined(BOB)]);
}

#[test]
fn there_is_nothing_to_join_for_others_and_later() {
    when([], join(silent(BOB))).then_expect_error(Refusal::NotFound);
    when([started()], join(stranger(BOB, &lounge()))).then_expect_error(Refusal::NotFound);
    when([started()], join(stranger(BOB, &public_lounge()))).then_expect_error(Refusal::NotAMember);
    when([started()], join(member(BOB, &archived_lounge()))).then_expect_error(Refusal::Archived);
    when([started()], join(blocked(BOB, &dialog()))).then_expect_error(Refusal::Blocked);
    when([started(), ended(None, Outcome::Missed)], join(silent(BOB))).then_expect_error(Refusal::CallEnded);
}

#[test]
fn a_call_has_room_for_so_many() {
    let people = |count: usize| (1..count).map(|number| joined(UserId(Uuid::from_u128(0xf00 + number as u128))));
    let full: Vec<_> = std::iter::once(started()).chain(people(PARTICIPANTS_MOST)).collect();
    when(full, join(silent(BOB)))
        .then_expect_error(Refusal::LimitReached { what: "people in this call", most: PARTICIPANTS_MOST });
    let again = (1..JOINS_MOST).flat_map(|_| [joined(BOB), left(BOB, Departure::Left)]);
    let long: Vec<_> = std::iter::once(started()).chain(again).collect();
    when(long, join(silent(BOB)))
        .then_expect_error(Refusal::LimitReached { what: "joinings of this call", most: JOINS_MOST });
    let gone = (1..=JOINS_MOST).map(|number| declined(UserId(Uuid::from_u128(0xf00 + number as u128))));
    let declined: Vec<_> = std::iter::once(started()).chain(gone).collect();
    when(declined, leave(silent(BOB)))
        .then_expect_error(Refusal::LimitReached { what: "people who declined this call", most: JOINS_MOST });
}

#[test]
fn who_leaves_leaves_the_others_to_it() {
    when([started(), joined(BOB)], leave(silent(CAROL))).then_expect_events(vec![left(CAROL, Departure::Left)]);
    when([started(), joined(BOB), left(BOB, Departure::Left)], leave(silent(BOB))).then_expect_events(vec![]);
    when([started(), ended(CAROL, Outcome::Missed)], leave(silent(BOB))).then_expect_events(vec![]);
    when([started(), joined(BOB)], leave(member(BOB, &archived_lounge())))
        .then_expect_events(vec![left(BOB, Departure::Left)]);
    when([started(), joined(BOB)], leave(stranger(BOB, &lounge()))).then_expect_error(Refusal::NotFound);
    when([], leave(silent(BOB))).then_expect_error(Refusal::NotFound);
}

#[test]
fn the_last_who_leaves_ends_it() {
    let over = |outcome| vec![left(CAROL, Departure::Left), ended(CAROL, outcome)];
    when([started()], leave(silent(CAROL))).then_expect_events(over(Outcome::Missed));
    when([started(), joined(BOB), left(BOB, Departure::Left)], leave(silent(CAROL)))
        .then_expect_events(over(Outcome::Answered));
}

#[test]
fn who_never_came_declines() {
    when([started()], leave(silent(BOB))).then_expect_events(vec![declined(BOB)]);
    when([started(), declined(BOB)], leave(silent(BOB))).then_expect_events(vec![]);
    when([started(), joined(ALICE)], leave(silent(BOB))).then_expect_events(vec![declined(BOB)]);
    let over = vec![declined(BOB), ended(BOB, Outcome::Declined)];
    when([started()], leave(member(BOB, &dialog()))).then_expect_events(over);
}

#[test]
fn it_is_ended_by_whose_it_is() {
    when([started()], end(silent(CAROL))).then_expect_events(vec![ended(CAROL, Outcome::Missed)]);
    when([started(), joined(BOB)], end(silent(CAROL))).then_expect_events(vec![ended(CAROL, Outcome::Answered)]);
    when([started()], end(member(BOB, &dialog()))).then_expect_events(vec![ended(BOB, Outcome::Missed)]);
    let moderator = member_with(BOB, &lounge(), [Permission::ManageRoom]);
    when([started()], end(moderator)).then_expect_events(vec![ended(BOB, Outcome::Missed)]);
    when([started(), joined(BOB)], end(silent(BOB))).then_expect_error(Refusal::Lacks(Permission::ManageRoom));
    when([started()], end(stranger(BOB, &lounge()))).then_expect_error(Refusal::NotFound);
    when([], end(silent(CAROL))).then_expect_error(Refusal::NotFound);
    when([started(), ended(CAROL, Outcome::Missed)], end(silent(CAROL))).then_expect_events(vec![]);
}

#[test]
fn what_nobody_answers_is_missed() {
    when([started()], CallCommand::RingOut).then_expect_events(vec![ended(None, Outcome::Missed)]);
    when([started(), declined(BOB)], CallCommand::RingOut).then_expect_events(vec![ended(None, Outcome::Missed)]);
    when([started(), joined(BOB)], CallCommand::RingOut).then_expect_events(vec![]);
    when([started(), ended(CAROL, Outcome::Missed)], CallCommand::RingOut).then_expect_events(vec![]);
    when([], CallCommand::RingOut).then_expect_events(vec![]);
}

#[test]
fn who_is_gone_has_left() {
    for why in [Departure::Gone, Departure::Removed] {
        when([started(), joined(BOB)], lose(BOB, why)).then_expect_events(vec![left(BOB, why)]);
        when([started()], lose(BOB, why)).then_expect_events(vec![]);
        when([started()], lose(CAROL, why)).then_expect_events(vec![left(CAROL, why), ended(None, Outcome::Missed)]);
        when([started(), ended(None, Outcome::Missed)], lose(CAROL, why)).then_expect_events(vec![]);
    }
}

#[test]
fn it_ends_with_its_room() {
    when([started(), joined(BOB)], CallCommand::Close).then_expect_events(vec![ended(None, Outcome::Answered)]);
    when([started()], CallCommand::Close).then_expect_events(vec![ended(None, Outcome::Missed)]);
    when([], CallCommand::Close).then_expect_events(vec![]);
}

#[test]
fn signals_are_between_who_is_in_it() {
    let call = |past: &[CallEvent]| {
        past.iter().fold(Call::default(), |mut call, event| {
            call.evolve(event);
            call
        })
    };
    assert_eq!(call(&[started(), joined(BOB)]).participant(BOB), Ok(()));
    assert_eq!(call(&[started()]).participant(BOB), Err(Refusal::NotInTheCall));
    assert_eq!(call(&[started(), declined(BOB)]).participant(BOB), Err(Refusal::NotInTheCall));
    assert_eq!(call(&[started(), ended(None, Outcome::Missed)]).participant(CAROL), Err(Refusal::CallEnded));
}
