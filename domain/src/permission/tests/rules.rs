//! Who may change what others may do.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::model::{some_permissions, some_role, some_roles};
use crate::facts::{
    ALICE, BOB, CAROL, HELPER, LOUNGE, MODERATOR, lounge, member, member_as, member_with, present, stranger,
};
use crate::id::{RoleId, UserId};
use crate::membership::Membership;
use crate::permission::{Permission, PermissionSet, Rank, Role, Standing};
use crate::refusal::Refusal;
use crate::room::Room;

fn room(owner: Option<UserId>, permissions: PermissionSet, roles: BTreeMap<RoleId, Role>) -> Room {
    Room { exists: true, owner, permissions, roles, ..Room::default() }
}

/// Where `user` stands with each role of the room for which a bit is set.
fn standing(user: UserId, room: &Room, bits: u8) -> Standing {
    Standing::of(user, room, &membership(room, bits))
}

fn membership(room: &Room, bits: u8) -> Membership {
    let chosen = room.roles.keys().enumerate().filter(|(place, _)| bits >> place & 1 == 1);
    present(chosen.map(|(_, id)| *id).collect::<Vec<_>>())
}

#[test]
fn a_role_that_is_no_longer_defined_counts_nothing() {
    let gone = member_as(BOB, &lounge(), [RoleId(LOUNGE.0)]);
    assert_eq!(gone, member(BOB, &lounge()));
}

#[test]
fn a_stranger_has_nothing_whatever_their_roles() {
    let membership = Membership { present: false, ..present([MODERATOR]) };
    let bob = Standing::of(BOB, &lounge(), &membership);
    assert_eq!(bob, stranger(BOB, &lounge()));
    assert_eq!((bob.rank, bob.effective), (Rank::None, PermissionSet::new()));
}

#[test]
fn of_a_room_that_is_not_there_nobody_is_a_member() {
    assert_eq!(member(ALICE, &Room::default()).require(Permission::React), Err(Refusal::NotFound));
}

#[test]
fn only_roles_below_one_s_own_are_touched() {
    let moderator = member_as(BOB, &lounge(), [MODERATOR]);
    let of_rank = |rank| Role { rank, ..Role::default() };
    assert_eq!(moderator.change_role(None, Some(&of_rank(9))), Ok(()));
    assert_eq!(moderator.change_role(Some(&of_rank(9)), None), Ok(()));
    for (before, after) in [(None, Some(10)), (Some(10), None), (Some(9), Some(10)), (Some(11), Some(9))] {
        let (before, after) = (before.map(of_rank), after.map(of_rank));
        assert_eq!(moderator.change_role(before.as_ref(), after.as_ref()), Err(Refusal::Outranked));
    }
    assert_eq!(member(ALICE, &lounge()).change_role(None, Some(&of_rank(i32::MAX))), Ok(()));
    assert_eq!(member(BOB, &lounge()).change_role(None, Some(&of_rank(i32::MIN))), Err(Refusal::Outranked));
}

#[test]
fn nobody_lifts_a_deny_that_binds_them() {
    let bound = member_as(BOB, &lounge(), [MODERATOR, HELPER]);
    let helper = &lounge().roles[&HELPER];
    assert_eq!(bound.change_role(Some(helper), None), Err(Refusal::Outranked));
    assert_eq!(member_as(BOB, &lounge(), [MODERATOR]).change_role(Some(helper), None), Ok(()));
}

#[test]
fn strangers_outrank_nobody_and_change_nothing() {
    let alice = stranger(ALICE, &lounge());
    assert!(!alice.outranks(Rank::None));
    let role = Role::default();
    assert_eq!(alice.change_role(Some(&role), None), Err(Refusal::NotFound));
    assert_eq!(alice.give(&PermissionSet::new()), Err(Refusal::NotFound));
    assert_eq!(alice.outrank(Rank::None), Err(Refusal::NotFound));
}

#[test]
fn one_gives_what_one_holds() {
    let bob = member_with(BOB, &lounge(), [Permission::React]);
    assert_eq!(bob.give(&[Permission::React].into()), Ok(()));
    assert_eq!(bob.give(&[Permission::React, Permission::SendFiles].into()), Err(Refusal::Outranked));
}

proptest! {
    /// Whoever may change a role gives nobody, themselves included, what they lack.
    #[test]
    fn a_changed_role_gives_nobody_what_its_changer_lacks(
        permissions in some_permissions(),
        mut roles in some_roles(),
        (before, after) in (proptest::option::of(some_role()), proptest::option::of(some_role())),
        (actor, other) in any::<(u8, u8)>(),
        owned: bool,
    ) {
        let changed = RoleId(LOUNGE.0);
        roles.extend(before.clone().map(|role| (changed, role)));
        let old = room(owned.then_some(ALICE), permissions.clone(), roles.clone());
        roles.remove(&changed);
        roles.extend(after.clone().map(|role| (changed, role)));
        let new = room(old.owner, permissions, roles);

        let alice = standing(ALICE, &old, actor);
        if alice.change_role(before.as_ref(), after.as_ref()).is_ok() {
            for (user, bits) in [(CAROL, other), (ALICE, actor)] {
                let mut with = membership(&old, bits);
                let gained_by = |with: &Membership| {
                    &Standing::of(user, &new, with).effective - &Standing::of(user, &old, with).effective
                };
                prop_assert!(gained_by(&with).is_subset(&alice.effective));
                with.roles.insert(changed);
                prop_assert!(gained_by(&with).is_subset(&alice.effective));
            }
            for role in [before, after].into_iter().flatten() {
                prop_assert!(Rank::Role(role.rank) < alice.rank);
            }
        }
    }

    #[test]
    fn changed_defaults_give_nobody_what_their_changer_lacks(
        (before, after) in (some_permissions(), some_permissions()),
        roles in some_roles(),
        (actor, other) in any::<(u8, u8)>(),
    ) {
        let old = room(None, before.clone(), roles.clone());
        let new = room(None, after.clone(), roles);
        let alice = standing(ALICE, &old, actor);
        if alice.change_defaults(&before, &after).is_ok() {
            let carol = &standing(CAROL, &new, other).effective - &standing(CAROL, &old, other).effective;
            prop_assert!(carol.is_subset(&alice.effective));
        }
    }

    #[test]
    fn nobody_is_above_who_is_above_them(roles in some_roles(), (a, b, c) in any::<(u8, u8, u8)>(), owned: bool) {
        let room = room(owned.then_some(ALICE), PermissionSet::new(), roles);
        let (alice, bob, carol) = (standing(ALICE, &room, a), standing(BOB, &room, b), standing(CAROL, &room, c));
        prop_assert!(!alice.outranks(alice.rank));
        prop_assert!(!(alice.outranks(bob.rank) && bob.outranks(alice.rank)));
        prop_assert!(!(alice.outranks(bob.rank) && bob.outranks(carol.rank)) || alice.outranks(carol.rank));
        prop_assert_eq!(owned, alice.outranks(bob.rank) && alice.rank == Rank::Owner);
    }
}
