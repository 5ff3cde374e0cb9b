//! Roles, and who is in a room.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{Strategies, anyone, mostly, new_number, one_number, one_of, seldom, until, version};
use crate::model::generate::{allowed, denied};
use crate::model::step::{Act, RoleChanges};
use crate::model::world::{Number, Room};

/// More roles than a room has.
const MANY: Number = 101;

pub(super) fn of_roles(room: &Room, id: Number, number: Number) -> BoxedStrategy<Act> {
    let taken: Vec<_> = room.roles.keys().chain(&room.former).copied().take(4).collect();
    let name = prop_oneof![12 => select(vec!["helper", "keeper"]), 1 => Just("")].boxed();
    let define = (new_number(number, taken.clone()), name.clone(), 1..6_i64, allowed(), denied());
    let define = define.prop_map(move |(role, name, rank, allow, deny)| Act::DefineRole {
        room: id,
        role,
        name,
        rank,
        allow,
        deny,
    });
    let changes = (seldom(name), seldom((1..6_i64).boxed()), seldom(allowed()), seldom(denied()));
    let changes = changes.prop_map(|(name, rank, allow, deny)| RoleChanges { name, rank, allow, deny });
    let change = (one_number(taken.clone()), changes, version());
    let change = change.prop_map(move |(role, changes, version)| Act::ChangeRole { room: id, role, changes, version });
    let delete = (one_number(taken), version());
    let delete = delete.prop_map(move |(role, version)| Act::DeleteRole { room: id, role, version });
    let rest = if room.roles.is_empty() { 1 } else { 4 };
    one_of(vec![(5, define.boxed()), (rest, change.boxed()), (rest / 2 + 1, delete.boxed())])
}

/// Seldom more roles than there may be.
pub(super) fn many_roles(room: &Room, id: Number, number: Number) -> BoxedStrategy<Act> {
    let define = |role| Act::DefineRole {
        room: id,
        role,
        name: "one of many",
        rank: 1,
        allow: BTreeSet::new(),
        deny: BTreeSet::new(),
    };
    let many = Just(Act::Several((number..number + MANY).map(define).collect())).boxed();
    one_of(vec![(1, many), (5, of_roles(room, id, number))])
}

pub(super) fn of_members(room: &Room, id: Number) -> BoxedStrategy<Act> {
    let defined: Vec<_> = room.roles.keys().copied().take(4).chain(room.former.first().copied()).collect();
    let most = defined.len().min(2);
    let roles = subsequence(defined.clone(), 0..=most).prop_map(|roles| roles.into_iter().collect::<BTreeSet<_>>());
    let roles = if defined.is_empty() { Just(BTreeSet::new()).boxed() } else { roles.boxed() };
    let members = || mostly(room.members.keys().copied().collect());
    let add = (anyone(), seldom(roles.clone()));
    let assign = (members(), roles);
    let ban = (anyone(), select(vec![None, Some("noise")]), until());
    let mute = prop_oneof![3 => Just(None), 2 => any::<bool>().prop_map(Some)];
    let update = (mute, until(), seldom(any::<bool>().boxed()));
    let update = update.prop_map(move |(mute, until, keep)| Act::UpdateMembership { room: id, mute, until, keep });
    let steps: Strategies = vec![
        (6, add.prop_map(move |(who, roles)| Act::AddMember { room: id, who, roles }).boxed()),
        (
            if room.roles.is_empty() { 1 } else { 6 },
            assign.prop_map(move |(who, roles)| Act::AddMember { room: id, who, roles: Some(roles) }).boxed(),
        ),
        (3, members().prop_map(move |who| Act::RemoveMember { room: id, who }).boxed()),
        (4, ban.prop_map(move |(who, reason, until)| Act::BanMember { room: id, who, reason, until }).boxed()),
        (
            if room.bans.is_empty() { 1 } else { 4 },
            mostly(room.bans.keys().copied().collect()).prop_map(move |who| Act::UnbanMember { room: id, who }).boxed(),
        ),
        (
            if room.bans.is_empty() { 1 } else { 4 },
            mostly(room.bans.keys().copied().collect())
                .prop_map(move |who| Act::AddMember { room: id, who, roles: None })
                .boxed(),
        ),
        (3, update.boxed()),
        (2, Just(Act::LeaveRoom { room: id }).boxed()),
    ];
    one_of(steps)
}
