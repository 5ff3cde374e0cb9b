//! Steps in a room.

mod calls;
mod messages;
mod moderation;

use proptest::prelude::*;
use proptest::sample::select;

use super::{Strategies, anyone, by, mostly, new_number, one_number, one_of, seldom, some_permissions, until, version};
use crate::model::step::{Act, RoomChanges, Step};
use crate::model::world::{Number, PEOPLE, Room, World};

/// Mostly in rooms that are there, and by members.
pub(super) fn steps(world: &World, number: Number) -> BoxedStrategy<Step> {
    let open: Vec<_> =
        world.rooms.iter().filter(|(_, room)| !room.closed && !room.archived).map(|(id, _)| *id).collect();
    let all: Vec<_> = world.rooms.keys().copied().chain([0]).collect();
    let all = select(all).boxed();
    let rooms = if open.is_empty() { all } else { prop_oneof![12 => select(open), 1 => all].boxed() };
    let world = world.clone();
    rooms.prop_flat_map(move |id| step(&world, id, number)).boxed()
}

fn step(world: &World, id: Number, number: Number) -> BoxedStrategy<Step> {
    let Some(room) = world.rooms.get(&id) else {
        return by(anyone(), messages::says(world, id, number));
    };
    let here = |who: &usize| world.is_here(*who);
    let members: Vec<_> = room.members.keys().copied().filter(here).collect();
    let owner: Vec<_> = room.owner.into_iter().filter(here).collect();
    let outside: Vec<_> = (0..PEOPLE).filter(|who| !room.members.contains_key(who)).collect();
    let has_said = world.messages.values().any(|message| message.room == id);
    prop_oneof![
        3 => by(mostly(owner.clone()), keeps(room, id)),
        4 => by(mostly(owner.clone()), moderation::of_roles(room, id, number)),
        6 => by(mostly(members.clone()), moderation::of_members(room, id)),
        1 => by(mostly(members.clone()), invites(world, id, number)),
        2 => by(mostly(owner.clone()), invites(world, id, number)),
        2 => by(mostly(outside), Just(Act::JoinRoom { room: id }).boxed()),
        9 => by(mostly(members.clone()), messages::says(world, id, number)),
        if has_said { 22 } else { 1 } => by(mostly(members), messages::of_what_was_said(world, id, number)),
        1 => by(mostly(owner), moderation::many_roles(room, id, number)),
        5 => calls::steps(world, room, id, number),
    ]
    .boxed()
}

/// What is done to the room itself.
fn keeps(room: &Room, id: Number) -> BoxedStrategy<Act> {
    let names = prop_oneof![6 => select(vec!["square", "triangle"]), 1 => Just("")].boxed();
    let changes = (
        seldom(names),
        seldom(select(vec!["", "news", "weather"]).boxed()),
        seldom(any::<bool>().boxed()),
        seldom(some_permissions()),
    );
    let changes = changes.prop_map(|(name, topic, public, permissions)| {
        // Follows from the others: for how long messages are kept changes nothing else.
        let alone = name.is_none() && public.is_none() && permissions.is_none();
        let retain_for = match topic {
            None if alone => Some(Some("P1D")),
            Some("weather") => Some(Some("P90D")),
            Some("") => Some(None),
            _ => None,
        };
        RoomChanges { name, topic, public, permissions, retain_for }
    });
    let update =
        (changes, version()).prop_map(move |(changes, version)| Act::UpdateRoom { room: id, changes, version });
    let transfer = (mostly(room.members.keys().copied().collect()), version());
    let transfer = transfer.prop_map(move |(to, version)| Act::TransferOwnership { room: id, to, version });
    let close = version().prop_map(move |version| Act::CloseRoom { room: id, version });
    one_of(vec![
        (8, update.boxed()),
        (2, transfer.boxed()),
        (1, close.boxed()),
        (if room.archived { 0 } else { 2 }, Just(Act::ArchiveRoom { room: id }).boxed()),
        (if room.archived { 12 } else { 1 }, Just(Act::UnarchiveRoom { room: id }).boxed()),
    ])
}

fn invites(world: &World, id: Number, number: Number) -> BoxedStrategy<Act> {
    let own: Vec<_> = world.invites.iter().filter(|(_, invite)| invite.room == id).map(|(number, _)| *number).collect();
    let uses = prop_oneof![2 => Just(None), 4 => (1..3_i64).prop_map(Some), 1 => Just(Some(0))];
    let create = (uses, until()).prop_map(move |(max_uses, until)| Act::CreateInvite {
        room: id,
        invite: number,
        max_uses,
        until,
    });
    let often = if own.is_empty() { 1 } else { 3 };
    let revoke = one_number(own).prop_map(move |invite| Act::RevokeInvite { room: id, invite });
    one_of(vec![(4, create.boxed()), (often, revoke.boxed())])
}
