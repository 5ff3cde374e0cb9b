//! Calls in a room.

use proptest::prelude::*;
use proptest::sample::select;

use super::{by, mostly, new_number, one_number};
use crate::model::step::{Act, Step};
use crate::model::world::{Number, Room, Who, World};

/// In a room without a call mostly one is started; in another mostly something is done about it.
pub(super) fn steps(world: &World, room: &Room, id: Number, number: Number) -> BoxedStrategy<Step> {
    let here: Vec<Who> = room.members.keys().copied().filter(|who| world.is_here(*who)).collect();
    let mut own = world.calls.iter().filter(|(_, call)| call.room == id);
    let taken = world.calls.keys().copied().collect();
    let start = (new_number(number, taken), select(vec!["audio", "video"]));
    let start = start.prop_map(move |(call, media)| Act::StartCall { room: id, call, media }).boxed();
    let start = by(mostly(here.clone()), start);
    let over: Vec<_> = own.clone().filter(|(_, call)| call.over.is_some()).map(|(number, _)| *number).collect();
    let late = if over.is_empty() {
        start.clone()
    } else {
        by(mostly(here.clone()), one_number(over).prop_map(|call| Act::JoinCall { call }).boxed())
    };
    let Some((call, going_on)) = own.find(|(_, call)| call.over.is_none()) else {
        return prop_oneof![6 => start, 1 => late].boxed();
    };
    let (call, present) = (*call, going_on.present());
    let among = |those: &dyn Fn(&Who) -> bool| mostly(here.iter().copied().filter(|who| those(who)).collect());
    // Now and then one that never was.
    let it = || prop_oneof![5 => Just(call), 1 => Just(0)];
    let outside = among(&|who| !present.contains(who));
    let never = among(&|who| !going_on.people.contains_key(who));
    let may = among(&|who| *who == going_on.by || room.may(*who, "manage_room"));
    prop_oneof![
        1 => start,
        1 => late,
        4 => by(outside, it().prop_map(|call| Act::JoinCall { call }).boxed()),
        3 => by(never, it().prop_map(|call| Act::DeclineCall { call }).boxed()),
        4 => by(mostly(present.clone()), it().prop_map(|call| Act::LeaveCall { call }).boxed()),
        2 => by(may, it().prop_map(|call| Act::EndCall { call }).boxed()),
    ]
    .boxed()
}
