//! Given, when, then: invites.

use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::{Invite, InviteCommand, InviteEvent};
use crate::facts::{
    ALICE, BOB, CAROL, CODE, ELSEWHERE, LOUNGE, MODERATOR, NOON, archived_lounge, dialog, given, lounge, member,
    member_as, member_with, public_lounge, stranger,
};
use crate::id::{InviteCode, UserId};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;

const TOMORROW: OffsetDateTime = NOON.saturating_add(Duration::DAY);

fn moderator() -> Standing {
    member_as(BOB, &lounge(), [MODERATOR])
}

fn create(by: Standing) -> InviteCommand {
    InviteCommand::Create { room: LOUNGE, by, max_uses: None, expires_at: None, at: NOON }
}

fn create_with(max_uses: impl Into<Option<u32>>, expires_at: impl Into<Option<OffsetDateTime>>) -> InviteCommand {
    let (max_uses, expires_at) = (max_uses.into(), expires_at.into());
    InviteCommand::Create { room: LOUNGE, by: moderator(), max_uses, expires_at, at: NOON }
}

fn created(max_uses: impl Into<Option<u32>>, expires_at: impl Into<Option<OffsetDateTime>>) -> InviteEvent {
    let (max_uses, expires_at) = (max_uses.into(), expires_at.into());
    InviteEvent::InviteCreated { room_id: LOUNGE, created_by: BOB, max_uses, expires_at }
}

fn accepted(guest: UserId, uses: u32, max_uses: impl Into<Option<u32>>) -> InviteEvent {
    InviteEvent::InviteAccepted {
        room_id: LOUNGE,
        user_id: guest,
        uses,
        created_by: BOB,
        max_uses: max_uses.into(),
        expires_at: None,
    }
}

fn revoked(uses: u32) -> InviteEvent {
    InviteEvent::InviteRevoked { room_id: LOUNGE, by: ALICE, uses }
}

fn accept(user: UserId) -> InviteCommand {
    InviteCommand::Accept { user, at: NOON }
}

fn revoke(by: Standing) -> InviteCommand {
    InviteCommand::Revoke { room: LOUNGE, by }
}

#[test]
fn who_may_invite_makes_invites() {
    given::<Invite>([]).when(create(moderator())).then_expect_events(vec![created(None, None)]);
    given::<Invite>([]).when(create_with(5, TOMORROW)).then_expect_events(vec![created(5, TOMORROW)]);
}

#[test]
fn an_invite_can_be_used_once_at_least() {
    given::<Invite>([])
        .when(create_with(0, None))
        .then_expect_error(Refusal::invalid("/max_uses", "is 0 where at least 1 is needed"));
    given::<Invite>([])
        .when(create_with(None, NOON))
        .then_expect_error(Refusal::invalid("/expires_at", "is not in the future"));
}

#[test]
fn inviting_needs_invite_members() {
    let lacks = Refusal::Lacks(Permission::InviteMembers);
    given::<Invite>([]).when(create(member(BOB, &lounge()))).then_expect_error(lacks.clone());
    given::<Invite>([created(None, None)]).when(revoke(member(BOB, &lounge()))).then_expect_error(lacks.clone());
    // Also of what is not there: who lacks the right learns nothing.
    given::<Invite>([]).when(revoke(member(BOB, &lounge()))).then_expect_error(lacks);
}

#[test]
fn into_an_archived_room_nobody_is_invited_but_invites_are_taken_back() {
    let alice = || member(ALICE, &archived_lounge());
    given::<Invite>([]).when(create(alice())).then_expect_error(Refusal::Archived);
    given::<Invite>([created(None, None)]).when(revoke(alice())).then_expect_events(vec![revoked(0)]);
}

#[test]
fn into_a_room_of_two_nobody_is_invited() {
    let bob = || member_with(BOB, &dialog(), [Permission::InviteMembers]);
    given::<Invite>([]).when(create(bob())).then_expect_error(Refusal::MembersFixed);
    given::<Invite>([]).when(revoke(bob())).then_expect_error(Refusal::MembersFixed);
}

#[test]
fn strangers_invite_nobody() {
    for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
        given::<Invite>([]).when(create(stranger(CAROL, &room))).then_expect_error(refusal.clone());
        given::<Invite>([created(None, None)]).when(revoke(stranger(CAROL, &room))).then_expect_error(refusal);
    }
}

#[test]
fn a_code_is_made_once() {
    given::<Invite>([created(None, None)]).when(create(moderator())).then_expect_error(Refusal::IdTaken);
}

#[test]
fn each_use_is_counted_up_to_the_last() {
    given::<Invite>([created(2, None)]).when(accept(CAROL)).then_expect_events(vec![accepted(CAROL, 1, 2)]);
    given::<Invite>([created(2, None), accepted(CAROL, 1, 2)])
        .when(accept(ALICE))
        .then_expect_events(vec![accepted(ALICE, 2, 2)]);
    given::<Invite>([created(2, None), accepted(CAROL, 1, 2), accepted(ALICE, 2, 2)])
        .when(accept(BOB))
        .then_expect_error(Refusal::InviteSpent);
    given::<Invite>([created(None, None), accepted(CAROL, 100_000, None)])
        .when(accept(ALICE))
        .then_expect_events(vec![accepted(ALICE, 100_001, None)]);
}

#[test]
fn what_expired_or_was_taken_back_is_spent() {
    given::<Invite>([created(None, NOON)]).when(accept(CAROL)).then_expect_error(Refusal::InviteSpent);
    given::<Invite>([created(None, None), revoked(0)]).when(accept(CAROL)).then_expect_error(Refusal::InviteSpent);
    given::<Invite>([]).when(accept(CAROL)).then_expect_error(Refusal::NotFound);
    let mut invite = Invite::default();
    invite.evolve(&created(None, TOMORROW));
    assert_eq!(invite.usable(TOMORROW - Duration::MILLISECOND), Ok(()));
    assert_eq!(invite.usable(TOMORROW), Err(Refusal::InviteSpent));
}

#[test]
fn an_invite_is_taken_back_once_by_who_may_invite() {
    given::<Invite>([created(5, None), accepted(CAROL, 3, 5)])
        .when(revoke(member(ALICE, &lounge())))
        .then_expect_events(vec![revoked(3)]);
    given::<Invite>([created(5, None), revoked(3)]).when(revoke(moderator())).then_expect_events(vec![]);
    given::<Invite>([]).when(revoke(moderator())).then_expect_error(Refusal::NotFound);
    given::<Invite>([created(None, None)])
        .when(InviteCommand::Revoke { room: ELSEWHERE, by: moderator() })
        .then_expect_error(Refusal::NotFound);
}

#[test]
fn a_code_has_one_text_that_looks_like_no_id() {
    assert_eq!(CODE.to_string(), "AAAAAAAAAAAAAAAAAAAAUA");
    assert_eq!("AAAAAAAAAAAAAAAAAAAAUA".parse(), Ok(CODE));
    let bits = [0xfb; 16];
    assert_eq!(InviteCode::of(bits).to_string().parse(), Ok(InviteCode::of(bits)));
    for bad in
        ["", "AAAAAAAAAAAAAAAAAAAAUB", "AAAAAAAAAAAAAAAAAAAAUA==", "AAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAA+UA"]
    {
        assert!(bad.parse::<InviteCode>().is_err(), "{bad}");
    }
}

proptest! {
    /// Whatever comes in whichever order, it is not used more often than it may be, and the last event tells all.
    #[test]
    fn no_invite_is_used_more_often_than_it_may_be(
        max_uses in 1..6_u32,
        lasts in proptest::option::of(1..40_i64),
        commands in proptest::collection::vec((0..12_u8, 0..4_i64), 0..40),
    ) {
        let mut invite = Invite::default();
        let expires_at = lasts.map(|hours| NOON + Duration::hours(hours));
        let mut now = NOON;
        let mut used = 0;
        let mut ended = false;
        invite.evolve(&created(max_uses, expires_at));
        for (kind, later) in commands {
            now += Duration::hours(later);
            let by = moderator();
            let command = if kind == 0 { revoke(by) } else { InviteCommand::Accept { user: CAROL, at: now } };
            for event in invite.decide(command).unwrap_or_default() {
                match event {
                    InviteEvent::InviteAccepted { uses, .. } => {
                        used += 1;
                        prop_assert_eq!(uses, used);
                        prop_assert!(!ended && used <= max_uses && expires_at.is_none_or(|at| now < at));
                    }
                    InviteEvent::InviteRevoked { .. } => ended = true,
                    InviteEvent::InviteCreated { .. } => prop_assert!(false, "it was made before"),
                }
                invite.evolve(&event);
                let mut alone = Invite::default();
                alone.evolve(&event);
                prop_assert_eq!(&alone, &invite);
            }
        }
    }
}
