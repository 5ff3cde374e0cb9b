//! Which steps are likely in a world: most succeed, and each refusal has its chance.

mod inside;
mod outside;

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::select;
use proptest_state_machine::ReferenceStateMachine;

use super::permissions::{PERMISSIONS, Permissions, place, places};
use super::step::{Act, Step, Version};
use super::world::{Number, PEOPLE, Who, World};

/// The world, as proptest moves it.
#[derive(Debug)]
pub(super) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        Just(World::new()).boxed()
    }

    fn transitions(world: &World) -> BoxedStrategy<Step> {
        let number = world.next;
        let (rooms, few) = (world.rooms.len(), world.rooms.len() < 3);
        let weights = (if few { 60 } else { 3 }, if rooms == 0 { 1 } else { 60 });
        prop_oneof![
            weights.0 => outside::makes_rooms(world, number),
            8 => outside::others(world),
            weights.1 => inside::steps(world, number),
        ]
        .boxed()
    }

    fn apply(mut world: World, step: &Step) -> World {
        world.take(step);
        world.next += 1 + Number::try_from(step.act.each().len()).unwrap_or_default();
        world
    }
}

type Strategies = Vec<(u32, BoxedStrategy<Act>)>;

fn one_of(mut acts: Strategies) -> BoxedStrategy<Act> {
    acts.retain(|(weight, _)| *weight > 0);
    proptest::strategy::Union::new_weighted(acts).boxed()
}

/// One of the people.
fn anyone() -> BoxedStrategy<Who> {
    (0..PEOPLE).boxed()
}

/// Mostly one of `those`, if there are any.
fn mostly(those: Vec<Who>) -> BoxedStrategy<Who> {
    if those.is_empty() { anyone() } else { prop_oneof![8 => select(those), 1 => anyone()].boxed() }
}

/// Mostly one of `those`, otherwise nothing that ever was.
fn one_number(those: Vec<Number>) -> BoxedStrategy<Number> {
    if those.is_empty() { Just(0).boxed() } else { prop_oneof![25 => select(those), 1 => Just(0)].boxed() }
}

/// A number for something new, seldom one that is taken.
fn new_number(number: Number, taken: Vec<Number>) -> BoxedStrategy<Number> {
    if taken.is_empty() { Just(number).boxed() } else { prop_oneof![20 => Just(number), 1 => select(taken)].boxed() }
}

fn seldom<T: Clone + std::fmt::Debug + 'static>(value: BoxedStrategy<T>) -> BoxedStrategy<Option<T>> {
    prop_oneof![2 => Just(None), 1 => value.prop_map(Some)].boxed()
}

fn version() -> BoxedStrategy<Version> {
    prop_oneof![8 => Just(Version::Any), 2 => Just(Version::Current), 1 => Just(Version::Other)].boxed()
}

/// Minutes from now.
fn until() -> BoxedStrategy<Option<i64>> {
    prop_oneof![4 => Just(None), 4 => (1..4_i64).prop_map(Some), 1 => Just(Some(0))].boxed()
}

fn text() -> BoxedStrategy<&'static str> {
    let texts = [
        "apple",
        "pear",
        "apple pie",
        "plum tree",
        "@alice come",
        "@bob hey",
        "@carol ripe",
        "@dave pear",
        "@all apple",
    ];
    prop_oneof![20 => select(texts.to_vec()), 1 => Just("")].boxed()
}

fn emoji() -> BoxedStrategy<String> {
    prop_oneof![10 => select(vec!["👍", "🎉", ":pear:"]), 1 => Just("a b")].prop_map(str::to_owned).boxed()
}

/// Some permissions; often those that give people something to do.
fn some_permissions() -> BoxedStrategy<Permissions> {
    let all: Permissions = (0..PERMISSIONS.len()).collect();
    let seen = places(&["view_history", "send_messages", "react"]);
    let without_history = places(&["send_messages", "react", "mention_all", "pin_messages", "delete_messages"]);
    prop_oneof![
        2 => Just(all),
        2 => Just(places(&["send_messages", "invite_members", "manage_roles", "manage_room", "pin_messages"])),
        1 => Just(seen),
        3 => Just(without_history),
        2 => prop::collection::btree_set(0..PERMISSIONS.len(), 0..6),
    ]
    .boxed()
}

/// What a role gives.
fn allowed() -> BoxedStrategy<Permissions> {
    let moderates = places(&["remove_members", "ban_members", "invite_members", "delete_messages", "manage_roles"]);
    prop_oneof![
        3 => Just(moderates),
        1 => Just(places(&["manage_room", "manage_roles", "mention_all"])),
        2 => prop::collection::btree_set(0..PERMISSIONS.len(), 0..4),
    ]
    .boxed()
}

/// What a role takes.
fn denied() -> BoxedStrategy<Permissions> {
    let silent: Permissions = [place("send_messages"), place("react")].into();
    prop_oneof![
        4 => Just(BTreeSet::new()),
        1 => Just(silent),
        1 => prop::collection::btree_set(0..PERMISSIONS.len(), 1..3),
    ]
    .boxed()
}

/// Somebody does it.
fn by(who: BoxedStrategy<Who>, act: BoxedStrategy<Act>) -> BoxedStrategy<Step> {
    (who, act).prop_map(|(by, act)| Step { by, act }).boxed()
}
