//! Steps outside of rooms: making them, coming in, and what people do about each other.

use proptest::prelude::*;
use proptest::sample::select;

use super::{anyone, by, mostly, new_number, one_number, one_of, seldom, some_permissions};
use crate::model::step::{Act, Step, Version};
use crate::model::world::{Number, PEOPLE, ROOT, World};

/// Who is there to do something.
fn here(world: &World) -> BoxedStrategy<usize> {
    mostly((0..PEOPLE).filter(|who| world.is_here(*who)).collect())
}

pub(super) fn makes_rooms(world: &World, number: Number) -> BoxedStrategy<Step> {
    let taken: Vec<_> = world.rooms.keys().copied().filter(|room| *room < 1_000_000).collect();
    let names = prop_oneof![9 => select(vec![Some("square"), Some("circle")]), 1 => select(vec![None, Some("")])];
    let with = prop::collection::vec(anyone(), 0..4);
    let group = (new_number(number, taken.clone()), names, any::<bool>(), with, seldom(some_permissions()));
    let group = group.prop_map(|(room, name, public, with, permissions)| Act::CreateGroup {
        room,
        name,
        public,
        with,
        permissions,
    });
    let dialog = (anyone(), prop_oneof![3 => Just(None), 1 => some_permissions().prop_map(Some)]);
    let dialog = dialog.prop_map(|(with, permissions)| Act::OpenDialog { with, permissions });
    let secret = (new_number(number, taken), anyone()).prop_map(|(room, with)| Act::OpenSecret { room, with });
    by(here(world), one_of(vec![(6, group.boxed()), (2, dialog.boxed()), (2, secret.boxed())]))
}

pub(super) fn others(world: &World) -> BoxedStrategy<Step> {
    let invites: Vec<_> = world.invites.keys().copied().collect();
    let accept = one_number(invites).prop_map(|invite| Act::AcceptInvite { invite });
    let again: Vec<(usize, Act)> = world.made.values().cloned().collect();
    let people = one_of(vec![
        (3, anyone().prop_map(|with| Act::OpenDialog { with, permissions: None }).boxed()),
        (4, anyone().prop_map(|who| Act::BlockUser { who }).boxed()),
        (2, anyone().prop_map(|who| Act::UnblockUser { who }).boxed()),
        (if world.invites.is_empty() { 1 } else { 30 }, accept.boxed()),
        (4, (1..3_i64).prop_map(|minutes| Act::Wait { minutes }).boxed()),
    ]);
    let rooms: Vec<_> = world.rooms.keys().copied().collect();
    let away: Vec<_> = (0..PEOPLE).filter(|who| !world.is_here(*who)).collect();
    let root = one_of(vec![
        (2, anyone().prop_map(|who| Act::SuspendUser { who }).boxed()),
        (4, mostly(away).prop_map(|who| Act::ReinstateUser { who }).boxed()),
        (1, one_number(rooms.clone()).prop_map(|room| Act::CloseRoom { room, version: Version::Any }).boxed()),
        (
            2,
            (one_number(rooms), anyone())
                .prop_map(|(room, to)| Act::TransferOwnership { room, to, version: Version::Any })
                .boxed(),
        ),
    ]);
    let erased = world.people.iter().filter(|person| person.erased).count();
    let mut steps = vec![(12, by(here(world), people)), (2, by(Just(ROOT).boxed(), root))];
    if erased < 2 && world.rooms.len() > 2 {
        let can: Vec<_> = (0..PEOPLE).filter(|who| world.is_here(*who)).collect();
        if !can.is_empty() {
            steps.push((1, by(select(can).boxed(), Just(Act::EraseUser).boxed())));
        }
    }
    if !again.is_empty() {
        steps.push((1, select(again).prop_map(|(by, act)| Step { by, act }).boxed()));
    }
    proptest::strategy::Union::new_weighted(steps).boxed()
}
