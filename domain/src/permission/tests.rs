//! The permission algebra, by examples and against a second, naive model.

mod model;
mod rules;

use super::{Because, DecidedBy, Holding, Permission, PermissionSet, Rank, Role};
use crate::facts::{HELPER, MODERATOR};
use crate::id::RoleId;

fn role(rank: i32, allow: &[Permission], deny: &[Permission]) -> Role {
    Role { rank, allow: allow.iter().copied().collect(), deny: deny.iter().copied().collect(), ..Role::default() }
}

fn decided(holding: &Holding<'_>, permission: Permission) -> (bool, DecidedBy) {
    let because = holding.explain().into_iter().find(|because| because.permission == permission).unwrap();
    (because.held, because.decided_by)
}

#[test]
fn the_contract_names_them_in_this_order() {
    let names = Permission::ALL.map(Permission::name);
    assert_eq!(
        names.join(", "),
        "view_history, send_messages, send_files, react, mention_all, pin_messages, delete_messages, \
         invite_members, remove_members, ban_members, manage_roles, manage_room, start_calls"
    );
    assert!(Permission::ALL.is_sorted());
    for permission in Permission::ALL {
        assert_eq!(serde_json::to_value(permission).unwrap(), permission.name());
        assert_eq!(permission.to_string(), permission.name());
    }
}

#[test]
fn a_deny_beats_an_allow_whatever_the_ranks() {
    let room = PermissionSet::from([Permission::React]);
    let (moderator, helper) =
        (role(10, &[Permission::SendMessages], &[]), role(1, &[], &[Permission::SendMessages, Permission::React]));
    let holding = Holding { owner: false, room: &room, roles: vec![(MODERATOR, &moderator), (HELPER, &helper)] };
    assert_eq!(holding.effective(), PermissionSet::new());
    assert_eq!(holding.rank(), Rank::Role(10));
}

#[test]
fn what_decided_is_named() {
    let room = PermissionSet::from([Permission::React, Permission::SendFiles]);
    let moderator = role(10, &[Permission::SendMessages, Permission::React], &[Permission::SendFiles]);
    let helper = role(1, &[Permission::SendMessages], &[Permission::SendFiles]);
    let roles = vec![(HELPER, &helper), (MODERATOR, &moderator)];
    let member = Holding { owner: false, room: &room, roles };

    let by_moderator = DecidedBy::Role { role_id: MODERATOR };
    assert_eq!(decided(&member, Permission::SendMessages), (true, by_moderator), "the highest that allows");
    assert_eq!(decided(&member, Permission::SendFiles), (false, by_moderator), "the highest that denies");
    assert_eq!(decided(&member, Permission::React), (true, DecidedBy::Room), "the room would do alone");
    assert_eq!(decided(&member, Permission::ManageRoom), (false, DecidedBy::Room), "nothing gives it");

    let owner = Holding { owner: true, ..member };
    assert_eq!(decided(&owner, Permission::SendFiles), (true, DecidedBy::Ownership));
    assert_eq!(owner.rank(), Rank::Owner);
}

#[test]
fn of_equal_roles_the_one_with_the_least_id_is_named() {
    let (room, equal) = (PermissionSet::new(), role(5, &[Permission::React], &[]));
    let holding = Holding { owner: false, room: &room, roles: vec![(HELPER, &equal), (MODERATOR, &equal)] };
    let least: RoleId = MODERATOR.min(HELPER);
    assert_eq!(decided(&holding, Permission::React), (true, DecidedBy::Role { role_id: least }));
}

#[test]
fn ranks_are_ordered() {
    let ascending = [Rank::None, Rank::Role(i32::MIN), Rank::Role(0), Rank::Role(i32::MAX), Rank::Owner];
    assert!(ascending.is_sorted_by(|lower, higher| lower < higher));
}

#[test]
fn an_explanation_reads_as_the_contract_shows_it() {
    let because = |decided_by| Because { permission: Permission::React, held: true, decided_by };
    for (decided_by, shown) in [
        (DecidedBy::Ownership, serde_json::json!({"kind": "ownership"})),
        (DecidedBy::Room, serde_json::json!({"kind": "room"})),
        (
            DecidedBy::Role { role_id: HELPER },
            serde_json::json!({"kind": "role", "role_id": "00000000-0000-0000-0000-000000000041"}),
        ),
    ] {
        let expected = serde_json::json!({"permission": "react", "held": true, "decided_by": shown});
        assert_eq!(serde_json::to_value(because(decided_by)).unwrap(), expected);
    }
}
