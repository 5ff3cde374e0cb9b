//! What is said, and done to what was said.

use proptest::prelude::*;

use super::{new_number, one_number, one_of};
use crate::model::generate::{emoji, text, version};
use crate::model::step::Act;
use crate::model::world::{Number, World};

fn said_in(world: &World, id: Number) -> Vec<Number> {
    world.messages.iter().filter(|(_, message)| message.room == id).map(|(number, _)| *number).collect()
}

pub(super) fn says(world: &World, id: Number, number: Number) -> BoxedStrategy<Act> {
    let (here, everywhere) = (said_in(world, id), world.messages.keys().copied().collect::<Vec<_>>());
    let reply = prop_oneof![
        8 => Just(None),
        3 => one_number(here).prop_map(Some),
        1 => one_number(everywhere.clone()).prop_map(Some)
    ];
    let send = (new_number(number, everywhere), text(), reply);
    send.prop_map(move |(message, text, reply_to)| Act::SendMessage { room: id, message, text, reply_to }).boxed()
}

pub(super) fn of_what_was_said(world: &World, id: Number, number: Number) -> BoxedStrategy<Act> {
    let (here, everywhere) = (said_in(world, id), world.messages.keys().copied().collect::<Vec<_>>());
    let which = prop_oneof![12 => one_number(here), 1 => one_number(everywhere.clone())].boxed();
    let rooms: Vec<_> = world.rooms.keys().copied().collect();
    let edit = (which.clone(), text(), version());
    let edit = edit.prop_map(move |(message, text, version)| Act::EditMessage { room: id, message, text, version });
    let delete = (which.clone(), version());
    let delete = delete.prop_map(move |(message, version)| Act::DeleteMessage { room: id, message, version });
    let forward = (which.clone(), one_number(rooms), new_number(number, everywhere));
    let forward = forward.prop_map(move |(message, to, copy)| Act::ForwardMessage { room: id, message, to, copy });
    let react = (which.clone(), emoji());
    let react = react.prop_map(move |(message, emoji)| Act::AddReaction { room: id, message, emoji });
    let take_back = (which.clone(), emoji());
    let take_back = take_back.prop_map(move |(message, emoji)| Act::RemoveReaction { room: id, message, emoji });
    let many = which.clone().prop_map(move |message| {
        let emoji = (0..21).map(|number| format!("e{number}"));
        Act::Several(emoji.map(|emoji| Act::AddReaction { room: id, message, emoji }).collect())
    });
    let read = prop_oneof![12 => which.clone().prop_map(Some), 1 => Just(None)];
    let read = read.prop_map(move |message| Act::MarkRead { room: id, message });
    one_of(vec![
        (24, edit.boxed()),
        (20, delete.boxed()),
        (20, forward.boxed()),
        (24, react.boxed()),
        (8, take_back.boxed()),
        (16, which.clone().prop_map(move |message| Act::PinMessage { room: id, message }).boxed()),
        (6, which.prop_map(move |message| Act::UnpinMessage { room: id, message }).boxed()),
        (24, read.boxed()),
        (1, many.boxed()),
    ])
}
