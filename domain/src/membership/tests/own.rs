//! How somebody wants to have a room.

use time::{Duration, OffsetDateTime};

use super::{carol_added, carol_left};
use crate::facts::{CAROL, LOUNGE, NOON, archived_lounge, dialog, given, lounge, member, public_lounge, stranger};
use crate::membership::{Membership, MembershipChanges, MembershipCommand, MembershipEvent};
use crate::refusal::Refusal;

const TOMORROW: OffsetDateTime = NOON.saturating_add(Duration::DAY);

fn update(changes: MembershipChanges) -> MembershipCommand {
    MembershipCommand::Update { room: LOUNGE, by: member(CAROL, &lounge()), changes, at: NOON }
}

fn mute(is_muted: impl Into<Option<bool>>) -> MembershipChanges {
    MembershipChanges { is_muted: is_muted.into(), ..MembershipChanges::default() }
}

fn until(is_muted: impl Into<Option<bool>>, until: impl Into<Option<OffsetDateTime>>) -> MembershipChanges {
    MembershipChanges { muted_until: Some(until.into()), ..mute(is_muted) }
}

fn pin(is_pinned: bool) -> MembershipChanges {
    MembershipChanges { is_pinned: Some(is_pinned), ..MembershipChanges::default() }
}

fn muted(until: impl Into<Option<OffsetDateTime>>) -> MembershipEvent {
    MembershipEvent::MembershipMuted { room_id: LOUNGE, user_id: CAROL, until: until.into() }
}

fn unmuted() -> MembershipEvent {
    MembershipEvent::MembershipUnmuted { room_id: LOUNGE, user_id: CAROL }
}

fn pinned() -> MembershipEvent {
    MembershipEvent::MembershipPinned { room_id: LOUNGE, user_id: CAROL }
}

fn unpinned() -> MembershipEvent {
    MembershipEvent::MembershipUnpinned { room_id: LOUNGE, user_id: CAROL }
}

#[test]
fn a_room_is_muted_for_good_or_until_a_time() {
    for (changes, event) in [
        (mute(true), muted(None)),
        (until(true, None), muted(None)),
        (until(true, TOMORROW), muted(TOMORROW)),
        // A time alone mutes.
        (until(None, TOMORROW), muted(TOMORROW)),
    ] {
        given::<Membership>([carol_added()]).when(update(changes)).then_expect_events(vec![event]);
    }
}

#[test]
fn what_is_not_said_of_a_mute_stays() {
    for (past, changes, events) in [
        (muted(TOMORROW), mute(true), vec![]),
        (muted(TOMORROW), until(true, TOMORROW), vec![]),
        (muted(None), mute(true), vec![]),
        (muted(TOMORROW), until(true, None), vec![muted(None)]),
        (muted(TOMORROW), until(None, None), vec![muted(None)]),
        (muted(TOMORROW), mute(false), vec![unmuted()]),
        (muted(TOMORROW), until(false, None), vec![unmuted()]),
        (muted(TOMORROW), MembershipChanges::default(), vec![]),
        (unmuted(), mute(false), vec![]),
        (unmuted(), until(None, None), vec![]),
        // It has run out: whoever mutes the room again mutes it for good.
        (muted(NOON), mute(true), vec![muted(None)]),
        (muted(NOON), mute(false), vec![]),
    ] {
        given::<Membership>([carol_added(), past]).when(update(changes)).then_expect_events(events);
    }
}

#[test]
fn a_mute_ends_in_the_future_and_by_the_clock() {
    given::<Membership>([carol_added()])
        .when(update(until(true, NOON)))
        .then_expect_error(Refusal::invalid("/muted_until", "is not in the future"));
    given::<Membership>([carol_added()])
        .when(update(until(false, TOMORROW)))
        .then_expect_error(Refusal::invalid("/muted_until", "is of no use where is_muted is false"));
    let mut membership = Membership::default();
    membership.evolve(&muted(TOMORROW));
    assert!(membership.muted(TOMORROW - Duration::MILLISECOND).is_some() && membership.muted(TOMORROW).is_none());
}

#[test]
fn a_room_is_kept_at_the_top() {
    given::<Membership>([carol_added()]).when(update(pin(true))).then_expect_events(vec![pinned()]);
    given::<Membership>([carol_added()]).when(update(pin(false))).then_expect_events(vec![]);
    given::<Membership>([carol_added(), pinned()]).when(update(pin(true))).then_expect_events(vec![]);
    given::<Membership>([carol_added(), pinned()]).when(update(pin(false))).then_expect_events(vec![unpinned()]);
}

#[test]
fn both_at_once_are_two_events() {
    let both = MembershipChanges { is_pinned: Some(true), ..mute(true) };
    given::<Membership>([carol_added()]).when(update(both)).then_expect_events(vec![muted(None), pinned()]);
}

#[test]
fn rooms_of_two_and_archived_ones_are_muted_too() {
    for room in [dialog(), archived_lounge()] {
        let by = member(CAROL, &room);
        given::<Membership>([carol_added()])
            .when(MembershipCommand::Update { room: LOUNGE, by, changes: mute(true), at: NOON })
            .then_expect_events(vec![muted(None)]);
    }
}

#[test]
fn strangers_have_no_room_to_mute() {
    for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
        let by = stranger(CAROL, &room);
        given::<Membership>([carol_added(), carol_left()])
            .when(MembershipCommand::Update { room: LOUNGE, by, changes: mute(true), at: NOON })
            .then_expect_error(refusal);
    }
}

#[test]
fn who_comes_back_begins_anew() {
    let mut membership = Membership::default();
    for event in [carol_added(), muted(None), pinned(), carol_left(), carol_added()] {
        membership.evolve(&event);
    }
    assert_eq!(membership, Membership { present: true, events: 5, came: 5, ..Membership::default() });
}
