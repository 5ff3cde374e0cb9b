//! Bans.

use time::{Duration, OffsetDateTime};

use super::{add_carol, carol_added, carol_left, join, moderator};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, NOON, archived_lounge, dialog, given, lounge, member, member_as,
    member_with, public_lounge, stranger,
};
use crate::id::UserId;
use crate::membership::{Membership, MembershipCommand, MembershipEvent};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};

const TOMORROW: OffsetDateTime = NOON.saturating_add(Duration::DAY);

fn ban(by: Standing, target: Standing) -> MembershipCommand {
    ban_with(by, target, None, None)
}

fn ban_with(by: Standing, target: Standing, reason: Option<&str>, until: Option<OffsetDateTime>) -> MembershipCommand {
    let reason = reason.map(str::to_owned);
    let is_owner = target.user == ALICE;
    MembershipCommand::Ban { room: LOUNGE, by, target, is_owner, reason, until, at: NOON }
}

fn unban(by: Standing) -> MembershipCommand {
    MembershipCommand::Unban { room: LOUNGE, by, user: CAROL, at: NOON }
}

fn removed(by: UserId) -> MembershipEvent {
    MembershipEvent::MembershipRemoved { room_id: LOUNGE, user_id: CAROL, by }
}

fn banned(reason: Option<&str>, until: Option<OffsetDateTime>) -> MembershipEvent {
    let key = KeyName::content(BOB, LOUNGE, Month::of(NOON));
    let reason = reason.map(|reason| Sealed::new(key, reason.to_owned()));
    MembershipEvent::MembershipBanned { room_id: LOUNGE, user_id: CAROL, by: BOB, reason, until }
}

fn unbanned() -> MembershipEvent {
    MembershipEvent::MembershipUnbanned { room_id: LOUNGE, user_id: CAROL, by: BOB }
}

fn carol() -> Standing {
    stranger(CAROL, &lounge())
}

#[test]
fn a_member_is_removed_and_kept_out() {
    given::<Membership>([carol_added()])
        .when(ban(moderator(), member(CAROL, &lounge())))
        .then_expect_events(vec![removed(BOB), banned(None, None)]);
    let archived = member_as(BOB, &archived_lounge(), [MODERATOR]);
    given::<Membership>([carol_added()])
        .when(ban(archived, member(CAROL, &archived_lounge())))
        .then_expect_events(vec![removed(BOB), banned(None, None)]);
}

#[test]
fn who_is_not_in_it_is_kept_out_all_the_same() {
    for past in [vec![], vec![carol_added(), carol_left()]] {
        given::<Membership>(past).when(ban(moderator(), carol())).then_expect_events(vec![banned(None, None)]);
    }
}

/// Ranks are between members: what everyone may do who is in it, they may do to who is not.
#[test]
fn who_is_not_in_it_is_kept_out_also_by_who_has_no_role() {
    let rankless = member_with(BOB, &lounge(), [Permission::BanMembers]);
    given::<Membership>([]).when(ban(rankless.clone(), carol())).then_expect_events(vec![banned(None, None)]);
    // What was said of them first is said anew.
    given::<Membership>([banned(Some("Spam"), None)])
        .when(ban(rankless, carol()))
        .then_expect_events(vec![banned(None, None)]);
}

#[test]
fn the_reason_is_the_banner_s_and_an_empty_one_is_none() {
    let ban = |reason| ban_with(moderator(), carol(), Some(reason), Some(TOMORROW));
    given::<Membership>([]).when(ban(" Spam ")).then_expect_events(vec![banned(Some("Spam"), Some(TOMORROW))]);
    given::<Membership>([]).when(ban(" ")).then_expect_events(vec![banned(None, Some(TOMORROW))]);
    let refusal = Refusal::invalid("/reason", "1001 characters where at most 1000 are allowed");
    given::<Membership>([]).when(ban(&"x".repeat(1001))).then_expect_error(refusal);
}

#[test]
fn a_ban_says_what_was_said_last() {
    let past = [banned(Some("Spam"), None)];
    given::<Membership>(past.clone())
        .when(ban_with(moderator(), carol(), Some("Spam"), None))
        .then_expect_events(vec![]);
    given::<Membership>(past)
        .when(ban_with(moderator(), carol(), None, Some(TOMORROW)))
        .then_expect_events(vec![banned(None, Some(TOMORROW))]);
}

#[test]
fn a_ban_ends_in_the_future() {
    for until in [NOON, NOON - Duration::DAY] {
        given::<Membership>([])
            .when(ban_with(moderator(), carol(), None, Some(until)))
            .then_expect_error(Refusal::invalid("/until", "is not in the future"));
    }
}

#[test]
fn who_is_kept_out_does_not_come_in() {
    for until in [None, Some(TOMORROW)] {
        given::<Membership>([banned(None, until)]).when(add_carol(moderator())).then_expect_error(Refusal::Banned);
        let joins = join(stranger(CAROL, &public_lounge()));
        given::<Membership>([banned(None, until)]).when(joins).then_expect_error(Refusal::Banned);
    }
    // Of a private room they learn nothing.
    given::<Membership>([banned(None, None)]).when(join(carol())).then_expect_error(Refusal::NotFound);
}

#[test]
fn a_ban_runs_out_by_the_clock() {
    for until in [NOON, NOON - Duration::MILLISECOND] {
        given::<Membership>([banned(None, Some(until))]).when(add_carol(moderator())).then_expect_events(vec![
            MembershipEvent::MembershipAdded { room_id: LOUNGE, user_id: CAROL, by: BOB, founding: false },
        ]);
        given::<Membership>([banned(None, Some(until))]).when(unban(moderator())).then_expect_error(Refusal::NotFound);
    }
    let mut membership = Membership::default();
    membership.evolve(&banned(None, Some(TOMORROW)));
    assert!(membership.banned(TOMORROW - Duration::MILLISECOND).is_some() && membership.banned(TOMORROW).is_none());
}

#[test]
fn who_is_let_in_again_comes_in() {
    given::<Membership>([banned(None, None)]).when(unban(moderator())).then_expect_events(vec![unbanned()]);
    let added = MembershipEvent::MembershipAdded { room_id: LOUNGE, user_id: CAROL, by: BOB, founding: false };
    given::<Membership>([banned(None, None), unbanned()]).when(add_carol(moderator())).then_expect_events(vec![added]);
    given::<Membership>([]).when(unban(moderator())).then_expect_error(Refusal::NotFound);
}

#[test]
fn banning_and_unbanning_need_ban_members() {
    let lacks = Refusal::Lacks(Permission::BanMembers);
    for by in [member(BOB, &lounge()), member_as(BOB, &lounge(), [HELPER])] {
        given::<Membership>([carol_added()])
            .when(ban(by.clone(), member(CAROL, &lounge())))
            .then_expect_error(lacks.clone());
        // Also where nobody is kept out: who lacks the right learns nothing.
        given::<Membership>([]).when(unban(by)).then_expect_error(lacks.clone());
    }
}

#[test]
fn nobody_keeps_out_who_stands_as_high() {
    let rankless = member_with(BOB, &lounge(), [Permission::BanMembers]);
    for (by, target) in [
        (moderator(), member_as(CAROL, &lounge(), [MODERATOR])),
        (moderator(), moderator()),
        (rankless.clone(), member(CAROL, &lounge())),
        (rankless.clone(), rankless.clone()),
        (rankless, stranger(ALICE, &lounge())),
        (moderator(), member(ALICE, &lounge())),
        // An owner who is away comes back.
        (moderator(), stranger(ALICE, &lounge())),
        (member(ALICE, &lounge()), member(ALICE, &lounge())),
    ] {
        given::<Membership>([carol_added()]).when(ban(by, target)).then_expect_error(Refusal::Outranked);
    }
}

#[test]
fn a_room_of_two_keeps_nobody_out() {
    let by = || member_with(BOB, &dialog(), [Permission::BanMembers]);
    given::<Membership>([carol_added()])
        .when(ban(by(), member(CAROL, &dialog())))
        .then_expect_error(Refusal::MembersFixed);
    given::<Membership>([banned(None, None)]).when(unban(by())).then_expect_error(Refusal::MembersFixed);
}

#[test]
fn strangers_keep_nobody_out() {
    for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
        let bob = || stranger(BOB, &room);
        given::<Membership>([carol_added()]).when(ban(bob(), member(CAROL, &room))).then_expect_error(refusal.clone());
        given::<Membership>([banned(None, None)]).when(unban(bob())).then_expect_error(refusal);
    }
}

#[test]
fn a_ban_outlives_a_removal_and_ends_with_a_coming() {
    let mut membership = Membership::default();
    for event in [banned(None, None), removed(BOB)] {
        membership.evolve(&event);
    }
    assert!(membership.banned(NOON).is_some());
    membership.evolve(&carol_added());
    assert_eq!(membership.ban, None);
}
