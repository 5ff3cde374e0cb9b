//! The algebra against a second model, which reads the contract's sentence one permission at a time.

use std::collections::BTreeMap;

use proptest::prelude::*;
use uuid::Uuid;

use crate::id::RoleId;
use crate::permission::{DecidedBy, Holding, Permission, PermissionSet, Rank, Role};

pub(super) fn some_permissions() -> impl Strategy<Value = PermissionSet> {
    proptest::sample::subsequence(Permission::ALL.to_vec(), 0..=13).prop_map(|some| some.into_iter().collect())
}

pub(super) fn some_role() -> impl Strategy<Value = Role> {
    // Few ranks, so that equals are frequent.
    (-2..3, some_permissions(), some_permissions()).prop_map(|(rank, allow, deny)| Role {
        rank,
        allow,
        deny,
        ..Role::default()
    })
}

pub(super) fn some_roles() -> impl Strategy<Value = BTreeMap<RoleId, Role>> {
    let id = (0_u128..6).prop_map(|id| RoleId(Uuid::from_u128(id)));
    proptest::collection::btree_map(id, some_role(), 0..5)
}

fn holding<'a>(owner: bool, room: &'a PermissionSet, roles: &'a BTreeMap<RoleId, Role>) -> Holding<'a> {
    Holding { owner, room, roles: roles.iter().map(|(id, role)| (*id, role)).collect() }
}

/// "The room's, plus every allow of the member's roles, minus every deny of them; the owner has all."
fn held(owner: bool, room: &PermissionSet, roles: &BTreeMap<RoleId, Role>, permission: Permission) -> bool {
    let mut held = false;
    if room.contains(&permission) {
        held = true;
    }
    for role in roles.values() {
        if role.allow.contains(&permission) {
            held = true;
        }
    }
    for role in roles.values() {
        if role.deny.contains(&permission) {
            held = false;
        }
    }
    if owner {
        held = true;
    }
    held
}

proptest! {
    #[test]
    fn what_is_held_is_what_the_contract_says(owner: bool, room in some_permissions(), roles in some_roles()) {
        let effective = holding(owner, &room, &roles).effective();
        for permission in Permission::ALL {
            prop_assert_eq!(effective.contains(&permission), held(owner, &room, &roles, permission));
        }
    }

    #[test]
    fn the_order_of_roles_does_not_matter(room in some_permissions(), roles in some_roles()) {
        let forwards = holding(false, &room, &roles);
        let mut backwards = forwards.clone();
        backwards.roles.reverse();
        prop_assert_eq!(forwards.effective(), backwards.effective());
        prop_assert_eq!(forwards.rank(), backwards.rank());
        prop_assert_eq!(forwards.explain(), backwards.explain());
    }

    #[test]
    fn the_highest_role_ranks(room in some_permissions(), roles in some_roles()) {
        let ranks: Vec<i32> = roles.values().map(|role| role.rank).collect();
        match holding(false, &room, &roles).rank() {
            Rank::None => prop_assert!(ranks.is_empty()),
            Rank::Role(rank) => prop_assert!(ranks.contains(&rank) && ranks.iter().all(|other| *other <= rank)),
            Rank::Owner => prop_assert!(false, "they do not own it"),
        }
        prop_assert_eq!(holding(true, &room, &roles).rank(), Rank::Owner);
    }

    #[test]
    fn an_explanation_is_whole_and_agrees(owner: bool, room in some_permissions(), roles in some_roles()) {
        let explained = holding(owner, &room, &roles).explain();
        let permissions: Vec<_> = explained.iter().map(|because| because.permission).collect();
        prop_assert_eq!(permissions, Permission::ALL);
        let effective: PermissionSet =
            explained.iter().filter(|because| because.held).map(|because| because.permission).collect();
        prop_assert_eq!(effective, holding(owner, &room, &roles).effective());
    }

    /// Without what decided it (and what says the same), it would not be so.
    #[test]
    fn what_is_named_did_decide(room in some_permissions(), roles in some_roles()) {
        for because in holding(false, &room, &roles).explain() {
            let permission = because.permission;
            let without_roles_that = |says: fn(&Role) -> &PermissionSet| {
                let mut fewer = roles.clone();
                fewer.retain(|_, role| !says(role).contains(&permission));
                fewer
            };
            match because.decided_by {
                DecidedBy::Ownership => prop_assert!(false, "they do not own it"),
                DecidedBy::Room => {
                    let mut other = room.clone();
                    if because.held { other.remove(&permission) } else { other.insert(permission) };
                    let allowed = roles.values().any(|role| role.allow.contains(&permission));
                    prop_assert_eq!(held(false, &other, &roles, permission), !because.held || allowed);
                }
                DecidedBy::Role { role_id } => {
                    let says: fn(&Role) -> &PermissionSet =
                        if because.held { |role| &role.allow } else { |role| &role.deny };
                    let role = &roles[&role_id];
                    prop_assert!(says(role).contains(&permission));
                    for other in roles.values().filter(|other| says(other).contains(&permission)) {
                        prop_assert!(other.rank <= role.rank, "a higher one says so too");
                    }
                    if because.held {
                        let fewer = without_roles_that(|role| &role.allow);
                        prop_assert!(!held(false, &room, &fewer, permission));
                    } else {
                        let mut all = room.clone();
                        all.insert(permission);
                        let fewer = without_roles_that(|role| &role.deny);
                        prop_assert!(held(false, &all, &fewer, permission));
                        prop_assert!(!held(false, &all, &roles, permission));
                    }
                }
            }
        }
    }
}
