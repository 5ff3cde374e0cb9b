//! Coming in with an invite.

use super::{carol_added, carol_joined, carol_left};
use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, MODERATOR, NOON, archived_lounge, closed_lounge, given, lounge, member, member_as,
    public_lounge, stranger,
};
use crate::membership::{Membership, MembershipCommand, MembershipEvent};
use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::Room;

fn accept(room: &Room, inviter: Standing) -> MembershipCommand {
    MembershipCommand::Accept { room: LOUNGE, by: stranger(CAROL, room), inviter, at: NOON }
}

fn banned() -> MembershipEvent {
    MembershipEvent::MembershipBanned { room_id: LOUNGE, user_id: CAROL, by: ALICE, reason: None, until: None }
}

#[test]
fn whoever_is_invited_comes_into_a_private_room_too() {
    for room in [lounge(), public_lounge()] {
        for inviter in [member(ALICE, &room), member_as(BOB, &room, [MODERATOR])] {
            for past in [vec![], vec![carol_joined(), carol_left()]] {
                given::<Membership>(past).when(accept(&room, inviter.clone())).then_expect_events(vec![carol_joined()]);
            }
        }
    }
}

#[test]
fn who_is_a_member_already_needs_no_invite() {
    let by = member(CAROL, &lounge());
    given::<Membership>([carol_added()])
        .when(MembershipCommand::Accept { room: LOUNGE, by, inviter: stranger(BOB, &lounge()), at: NOON })
        .then_expect_events(vec![]);
}

#[test]
fn an_invite_is_good_while_its_maker_may_invite() {
    for inviter in [stranger(ALICE, &lounge()), stranger(BOB, &lounge()), member(BOB, &lounge())] {
        given::<Membership>([]).when(accept(&lounge(), inviter)).then_expect_error(Refusal::InviteSpent);
    }
}

#[test]
fn an_archived_room_takes_nobody_in() {
    let room = archived_lounge();
    given::<Membership>([]).when(accept(&room, member(ALICE, &room))).then_expect_error(Refusal::Archived);
}

#[test]
fn who_is_banned_stays_out() {
    given::<Membership>([banned()])
        .when(accept(&lounge(), member(ALICE, &lounge())))
        .then_expect_error(Refusal::Banned);
}

#[test]
fn a_room_that_is_not_there_is_not_found() {
    for room in [closed_lounge(), Room::default()] {
        for past in [vec![], vec![carol_added()]] {
            given::<Membership>(past).when(accept(&room, member(ALICE, &room))).then_expect_error(Refusal::NotFound);
        }
    }
}
