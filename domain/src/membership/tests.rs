//! Given, when, then: memberships.

mod accepting;
mod ban;
mod leaving;
mod limit;
mod own;
mod roles;

use super::{Membership, MembershipCommand, MembershipEvent};
use crate::facts::{
    ALICE, BOB, CAROL, LOUNGE, MODERATOR, NOON, archived_lounge, dialog, from_slack, given, lounge, member, member_as,
    public_lounge, room_after, room_archived, slack, stranger,
};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::{RoomEvent, Visibility};
use crate::sealed::KeyName;

fn carol_added() -> MembershipEvent {
    MembershipEvent::MembershipAdded { room_id: LOUNGE, user_id: CAROL, by: BOB, founding: false }
}

fn carol_joined() -> MembershipEvent {
    MembershipEvent::MembershipJoined { room_id: LOUNGE, user_id: CAROL, founding: false, imported: None }
}

fn carol_left() -> MembershipEvent {
    MembershipEvent::MembershipLeft { room_id: LOUNGE, user_id: CAROL, imported: None }
}

fn add_carol(by: Standing) -> MembershipCommand {
    MembershipCommand::Add { room: LOUNGE, user: CAROL, by, at: NOON }
}

fn join(by: Standing) -> MembershipCommand {
    MembershipCommand::Join { room: LOUNGE, by, at: NOON }
}

fn moderator() -> Standing {
    member_as(BOB, &lounge(), [MODERATOR])
}

#[test]
fn the_maker_of_a_room_is_its_first_member() {
    let found = || MembershipCommand::Found { room: LOUNGE, user: CAROL };
    let joined = MembershipEvent::MembershipJoined { room_id: LOUNGE, user_id: CAROL, founding: true, imported: None };
    given::<Membership>([]).when(found()).then_expect_events(vec![joined.clone()]);
    given::<Membership>([joined]).when(found()).then_expect_events(vec![]);
}

#[test]
fn its_maker_brings_others_in_with_its_making() {
    let found = || MembershipCommand::FoundWith { room: LOUNGE, user: CAROL, maker: ALICE };
    let added = MembershipEvent::MembershipAdded { room_id: LOUNGE, user_id: CAROL, by: ALICE, founding: true };
    given::<Membership>([]).when(found()).then_expect_events(vec![added.clone()]);
    given::<Membership>([added]).when(found()).then_expect_events(vec![]);
}

#[test]
fn a_membership_knows_which_of_its_events_was_the_last_coming() {
    let mut membership = Membership::default();
    let mut came = vec![];
    for event in [carol_left(), carol_joined(), carol_added(), carol_left(), carol_added()] {
        membership.evolve(&event);
        came.push(membership.came);
    }
    assert_eq!((came, membership.events), (vec![0, 2, 2, 2, 5], 5));
}

#[test]
fn members_bring_others_in() {
    given::<Membership>([]).when(add_carol(moderator())).then_expect_events(vec![carol_added()]);
    given::<Membership>([carol_joined(), carol_left()])
        .when(add_carol(moderator()))
        .then_expect_events(vec![carol_added()]);
}

#[test]
fn who_is_a_member_is_not_added() {
    for present in [carol_added(), carol_joined()] {
        given::<Membership>([present]).when(add_carol(moderator())).then_expect_events(vec![]);
    }
}

#[test]
fn adding_needs_invite_members() {
    let lacks = Refusal::Lacks(Permission::InviteMembers);
    given::<Membership>([]).when(add_carol(member(BOB, &lounge()))).then_expect_error(lacks.clone());
    // Also where it would change nothing: who lacks the right learns nothing.
    given::<Membership>([carol_joined()]).when(add_carol(member(BOB, &lounge()))).then_expect_error(lacks);
}

#[test]
fn strangers_add_nobody_not_even_themselves() {
    for by in [BOB, CAROL] {
        given::<Membership>([]).when(add_carol(stranger(by, &lounge()))).then_expect_error(Refusal::NotFound);
        let by = stranger(by, &public_lounge());
        given::<Membership>([]).when(add_carol(by)).then_expect_error(Refusal::NotAMember);
    }
}

#[test]
fn an_archived_room_takes_nobody_in() {
    let bob = member(BOB, &archived_lounge());
    given::<Membership>([]).when(add_carol(bob)).then_expect_error(Refusal::Archived);
    let mut public = public_lounge();
    public.evolve(&room_archived());
    given::<Membership>([]).when(join(stranger(CAROL, &public))).then_expect_error(Refusal::Archived);
}

#[test]
fn a_room_of_two_stays_one() {
    let by = member(BOB, &dialog());
    given::<Membership>([]).when(add_carol(by)).then_expect_error(Refusal::MembersFixed);
    given::<Membership>([]).when(add_carol(stranger(BOB, &dialog()))).then_expect_error(Refusal::NotFound);
}

#[test]
fn anyone_joins_a_public_room_once() {
    let carol = stranger(CAROL, &public_lounge());
    given::<Membership>([]).when(join(carol)).then_expect_events(vec![carol_joined()]);
    let carol = member(CAROL, &public_lounge());
    given::<Membership>([carol_joined()]).when(join(carol)).then_expect_events(vec![]);
}

#[test]
fn nobody_joins_a_private_room_or_one_that_is_not_there() {
    for room in [lounge(), archived_lounge(), dialog(), room_after([])] {
        given::<Membership>([]).when(join(stranger(CAROL, &room))).then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn an_owner_who_left_a_private_room_does_not_come_back_alone() {
    given::<Membership>([]).when(join(stranger(ALICE, &lounge()))).then_expect_error(Refusal::NotFound);
}

#[test]
fn joining_a_private_room_that_one_is_in_is_no_event() {
    given::<Membership>([carol_added()]).when(join(member(CAROL, &lounge()))).then_expect_events(vec![]);
}

#[test]
fn an_import_lets_people_into_any_room_once() {
    let imported = Some(from_slack(KeyName::user(CAROL)));
    for founding in [false, true] {
        let (room_id, user_id, imported) = (LOUNGE, CAROL, imported.clone());
        let joined = MembershipEvent::MembershipJoined { room_id, user_id, founding, imported };
        let import = || MembershipCommand::ImportJoin { room: LOUNGE, user: CAROL, founding, imported: slack() };
        given::<Membership>([]).when(import()).then_expect_events(vec![joined.clone()]);
        given::<Membership>([joined]).when(import()).then_expect_events(vec![]);
    }
}

#[test]
fn a_room_made_public_is_joined() {
    let room = room_after([
        crate::facts::lounge_created(),
        RoomEvent::RoomVisibilityChanged { visibility: Visibility::Public },
    ]);
    given::<Membership>([]).when(join(stranger(CAROL, &room))).then_expect_events(vec![carol_joined()]);
}

#[test]
fn each_member_has_a_stream_in_each_room() {
    assert_eq!(
        Membership::stream(LOUNGE, BOB),
        "00000000-0000-0000-0000-000000000010:00000000-0000-0000-0000-000000000b0b"
    );
}
