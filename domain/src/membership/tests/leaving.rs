//! Leaving, and being removed.

use super::{carol_added, carol_joined, carol_left};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, archived_lounge, dialog, from_slack, given, lounge, member,
    member_as, member_with, present, public_lounge, slack, stranger,
};
use crate::id::UserId;
use crate::membership::{Membership, MembershipCommand, MembershipEvent};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

fn leave(by: Standing) -> MembershipCommand {
    MembershipCommand::Leave { room: LOUNGE, by }
}

fn remove(by: Standing, target: Standing) -> MembershipCommand {
    MembershipCommand::Remove { room: LOUNGE, by, target }
}

fn carol_removed(by: UserId) -> MembershipEvent {
    MembershipEvent::MembershipRemoved { room_id: LOUNGE, user_id: CAROL, by }
}

fn moderator() -> Standing {
    member_as(BOB, &lounge(), [MODERATOR])
}

#[test]
fn members_leave() {
    for room in [lounge(), archived_lounge(), public_lounge()] {
        given::<Membership>([carol_added()]).when(leave(member(CAROL, &room))).then_expect_events(vec![carol_left()]);
    }
}

#[test]
fn an_owner_may_leave() {
    let alice_joined =
        MembershipEvent::MembershipJoined { room_id: LOUNGE, user_id: ALICE, founding: false, imported: None };
    let alice_left = MembershipEvent::MembershipLeft { room_id: LOUNGE, user_id: ALICE, imported: None };
    given::<Membership>([alice_joined]).when(leave(member(ALICE, &lounge()))).then_expect_events(vec![alice_left]);
}

#[test]
fn who_is_no_member_does_not_leave() {
    given::<Membership>([]).when(leave(stranger(CAROL, &lounge()))).then_expect_error(Refusal::NotFound);
    let carol = stranger(CAROL, &public_lounge());
    given::<Membership>([carol_joined(), carol_left()]).when(leave(carol)).then_expect_error(Refusal::NotAMember);
}

#[test]
fn nobody_leaves_or_is_removed_from_a_room_of_two() {
    let carol = || member(CAROL, &dialog());
    given::<Membership>([carol_joined()]).when(leave(carol())).then_expect_error(Refusal::MembersFixed);
    given::<Membership>([carol_joined()])
        .when(remove(member(BOB, &dialog()), carol()))
        .then_expect_error(Refusal::MembersFixed);
}

#[test]
fn who_stands_higher_removes() {
    let cases = [
        (member(ALICE, &lounge()), member_as(CAROL, &lounge(), [MODERATOR])),
        (moderator(), member(CAROL, &lounge())),
        (moderator(), member_as(CAROL, &lounge(), [HELPER])),
        (member_as(BOB, &archived_lounge(), [MODERATOR]), member(CAROL, &archived_lounge())),
    ];
    for (by, carol) in cases {
        let removed = carol_removed(by.user);
        given::<Membership>([carol_joined()]).when(remove(by, carol)).then_expect_events(vec![removed]);
    }
}

#[test]
fn nobody_removes_who_stands_as_high() {
    let equals = [
        (moderator(), member_as(CAROL, &lounge(), [MODERATOR])),
        (moderator(), member_as(CAROL, &lounge(), [HELPER, MODERATOR])),
        (moderator(), member(ALICE, &lounge())),
        (member_with(BOB, &lounge(), [Permission::RemoveMembers]), member(CAROL, &lounge())),
        (moderator(), moderator()),
    ];
    for (by, target) in equals {
        given::<Membership>([carol_joined()]).when(remove(by, target)).then_expect_error(Refusal::Outranked);
    }
}

#[test]
fn removing_needs_remove_members() {
    let lacks = Refusal::Lacks(Permission::RemoveMembers);
    let by = member_as(BOB, &lounge(), [HELPER]);
    given::<Membership>([carol_joined()])
        .when(remove(by.clone(), member(CAROL, &lounge())))
        .then_expect_error(lacks.clone());
    // Also where there is nobody: who lacks the right learns nothing.
    given::<Membership>([]).when(remove(by, stranger(CAROL, &lounge()))).then_expect_error(lacks);
}

#[test]
fn who_is_no_member_is_not_removed() {
    for past in [vec![], vec![carol_joined(), carol_left()], vec![carol_joined(), carol_removed(ALICE)]] {
        given::<Membership>(past)
            .when(remove(moderator(), stranger(CAROL, &lounge())))
            .then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn strangers_remove_nobody() {
    let by = stranger(BOB, &lounge());
    given::<Membership>([carol_joined()])
        .when(remove(by, member(CAROL, &lounge())))
        .then_expect_error(Refusal::NotFound);
    let by = stranger(BOB, &public_lounge());
    given::<Membership>([carol_joined()])
        .when(remove(by, member(CAROL, &public_lounge())))
        .then_expect_error(Refusal::NotAMember);
}

#[test]
fn roles_end_with_the_membership() {
    for end in [carol_left(), carol_removed(ALICE)] {
        let mut membership = present([MODERATOR]);
        membership.evolve(&end);
        assert_eq!(membership, Membership { events: 1, ..Membership::default() });
    }
}

#[test]
fn an_import_lets_people_leave_once() {
    let imported = Some(from_slack(KeyName::user(CAROL)));
    let left = MembershipEvent::MembershipLeft { room_id: LOUNGE, user_id: CAROL, imported };
    let import = || MembershipCommand::ImportLeave { room: LOUNGE, user: CAROL, imported: slack() };
    given::<Membership>([carol_joined()]).when(import()).then_expect_events(vec![left.clone()]);
    given::<Membership>([carol_joined(), left]).when(import()).then_expect_events(vec![]);
}
