//! Which roles members have.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{carol_added, carol_left, moderator};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, archived_lounge, dialog, given, lounge, member, member_as, stranger,
};
use crate::id::{RoleId, UserId};
use crate::membership::{MEMBER_ROLES_MAX, Membership, MembershipCommand, MembershipEvent};
use crate::permission::{Permission, Role, Standing};
use crate::refusal::Refusal;

/// A role that was deleted.
const FORMER: RoleId = RoleId(Uuid::from_u128(0x4f));
/// A role of rank 2 that gives what moderators have.
const REMOVER: RoleId = RoleId(Uuid::from_u128(0x43));

fn defined() -> BTreeMap<RoleId, Role> {
    let mut defined = lounge().roles;
    defined.insert(REMOVER, Role { rank: 2, allow: [Permission::RemoveMembers].into(), ..Role::default() });
    defined
}

fn assign(by: Standing, target: Standing, roles: impl Into<Vec<RoleId>>) -> MembershipCommand {
    MembershipCommand::AssignRoles { room: LOUNGE, by, target, roles: roles.into(), defined: defined() }
}

fn assigned(user: UserId, by: UserId, roles: impl IntoIterator<Item = RoleId>) -> MembershipEvent {
    MembershipEvent::MembershipRolesAssigned { room_id: LOUNGE, user_id: user, by, roles: roles.into_iter().collect() }
}

fn carol() -> Standing {
    member(CAROL, &lounge())
}

#[test]
fn who_manages_roles_says_which_a_member_has() {
    given::<Membership>([carol_added()])
        .when(assign(moderator(), carol(), [REMOVER, HELPER, REMOVER]))
        .then_expect_events(vec![assigned(CAROL, BOB, [HELPER, REMOVER])]);
    given::<Membership>([carol_added(), assigned(CAROL, BOB, [HELPER, REMOVER])])
        .when(assign(moderator(), member_as(CAROL, &lounge(), [HELPER]), []))
        .then_expect_events(vec![assigned(CAROL, BOB, [])]);
    given::<Membership>([carol_added()])
        .when(assign(member(ALICE, &lounge()), carol(), [MODERATOR]))
        .then_expect_events(vec![assigned(CAROL, ALICE, [MODERATOR])]);
}

#[test]
fn a_member_has_the_roles_that_were_said_last() {
    let mut membership = Membership::default();
    for event in [carol_added(), assigned(CAROL, BOB, [HELPER, REMOVER]), assigned(CAROL, BOB, [REMOVER])] {
        membership.evolve(&event);
    }
    assert_eq!(membership.roles, [REMOVER].into());
}

#[test]
fn the_same_roles_are_no_event() {
    let past = [carol_added(), assigned(CAROL, ALICE, [HELPER, FORMER])];
    given::<Membership>(past.clone()).when(assign(moderator(), carol(), [HELPER])).then_expect_events(vec![]);
    // Whoever says so: everyone sees who has which.
    given::<Membership>(past).when(assign(member(BOB, &lounge()), carol(), [HELPER])).then_expect_events(vec![]);
}

#[test]
fn nobody_gives_or_takes_a_role_that_stands_as_high_as_they_do() {
    given::<Membership>([carol_added()])
        .when(assign(moderator(), carol(), [MODERATOR]))
        .then_expect_error(Refusal::Outranked);
    given::<Membership>([carol_added(), assigned(CAROL, ALICE, [MODERATOR])])
        .when(assign(moderator(), member_as(CAROL, &lounge(), [MODERATOR]), []))
        .then_expect_error(Refusal::Outranked);
}

#[test]
fn nobody_gives_a_role_that_gives_what_they_lack() {
    let mut room = lounge();
    let roles = Role { rank: 9, allow: [Permission::ManageRoles].into(), ..Role::default() };
    room.roles.insert(REMOVER, roles);
    let by = member_as(BOB, &room, [REMOVER]);
    given::<Membership>([carol_added()])
        .when(MembershipCommand::AssignRoles {
            room: LOUNGE,
            by,
            target: carol(),
            roles: vec![HELPER, REMOVER],
            defined: BTreeMap::from([
                (HELPER, Role { rank: 1, allow: [Permission::BanMembers].into(), ..Role::default() }),
                (REMOVER, Role { rank: 2, ..Role::default() }),
            ]),
        })
        .then_expect_error(Refusal::Outranked);
}

#[test]
fn nobody_changes_the_roles_of_who_stands_as_high() {
    for target in [member_as(CAROL, &lounge(), [MODERATOR]), member(ALICE, &lounge())] {
        given::<Membership>([carol_added()])
            .when(assign(moderator(), target, [HELPER]))
            .then_expect_error(Refusal::Outranked);
    }
}

#[test]
fn one_s_own_lower_roles_one_gives_and_takes() {
    let bob = || member_as(BOB, &lounge(), [MODERATOR]);
    let past = [carol_added(), assigned(BOB, ALICE, [MODERATOR])];
    given::<Membership>(past.clone())
        .when(assign(bob(), bob(), [MODERATOR, REMOVER]))
        .then_expect_events(vec![assigned(BOB, BOB, [MODERATOR, REMOVER])]);
    given::<Membership>(past).when(assign(bob(), bob(), [REMOVER])).then_expect_error(Refusal::Outranked);
    // But not one that binds them.
    let bound = || member_as(BOB, &lounge(), [MODERATOR, HELPER]);
    given::<Membership>([carol_added(), assigned(BOB, ALICE, [MODERATOR, HELPER])])
        .when(assign(bound(), bound(), [MODERATOR]))
        .then_expect_error(Refusal::Outranked);
}

#[test]
fn assigning_needs_manage_roles() {
    for by in [member(BOB, &lounge()), member_as(BOB, &lounge(), [HELPER])] {
        given::<Membership>([carol_added()])
            .when(assign(by, carol(), [HELPER]))
            .then_expect_error(Refusal::Lacks(Permission::ManageRoles));
    }
}

#[test]
fn a_role_that_is_not_there_is_named_by_its_place() {
    given::<Membership>([carol_added()])
        .when(assign(moderator(), carol(), [HELPER, FORMER, MODERATOR]))
        .then_expect_error(Refusal::invalid("/roles/1", "there is no such role in this room"));
}

#[test]
fn a_member_has_so_many_roles_and_no_more() {
    let ids: Vec<RoleId> = (0..=MEMBER_ROLES_MAX as u128).map(|id| RoleId(Uuid::from_u128(id << 64 | 1))).collect();
    let defined: BTreeMap<RoleId, Role> = ids.iter().map(|id| (*id, Role::default())).collect();
    let alice = member(ALICE, &lounge());
    let assign = |roles: &[RoleId]| MembershipCommand::AssignRoles {
        room: LOUNGE,
        by: alice.clone(),
        target: carol(),
        roles: roles.to_vec(),
        defined: defined.clone(),
    };
    let most = &ids[..MEMBER_ROLES_MAX];
    given::<Membership>([carol_added()]).when(assign(most)).then_expect_events(vec![assigned(
        CAROL,
        ALICE,
        most.iter().copied(),
    )]);
    given::<Membership>([carol_added()])
        .when(assign(&ids))
        .then_expect_error(Refusal::invalid("/roles", "26 roles where at most 25 are allowed"));
}

#[test]
fn who_is_no_member_has_no_roles() {
    for past in [vec![], vec![carol_added(), carol_left()]] {
        given::<Membership>(past)
            .when(assign(moderator(), stranger(CAROL, &lounge()), [HELPER]))
            .then_expect_error(Refusal::NotFound);
    }
}

#[test]
fn in_an_archived_room_roles_stay() {
    given::<Membership>([carol_added()])
        .when(assign(member(ALICE, &archived_lounge()), carol(), [HELPER]))
        .then_expect_error(Refusal::Archived);
}

#[test]
fn in_a_room_of_two_nobody_has_roles() {
    given::<Membership>([carol_added()])
        .when(assign(member(BOB, &dialog()), member(CAROL, &dialog()), []))
        .then_expect_error(Refusal::GroupsOnly);
}

#[test]
fn strangers_assign_nothing() {
    given::<Membership>([carol_added()])
        .when(assign(stranger(BOB, &lounge()), carol(), []))
        .then_expect_error(Refusal::NotFound);
}
