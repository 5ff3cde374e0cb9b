//! Messages that are pinned.

use super::{bob_sent, deleted_by_bob, edited};
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, LOUNGE, MODERATOR, NOON, archived_lounge, dialog, from_slack, given, lounge, member,
    member_as, public_lounge, slack, stranger,
};
use crate::id::RoomId;
use crate::message::{Message, MessageCommand, MessageEvent, PINS_MAX};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::Room;
use crate::sealed::{KeyName, Month};

fn pinned() -> MessageEvent {
    MessageEvent::MessagePinned { room_id: LOUNGE, by: ALICE, imported: None }
}

fn unpinned() -> MessageEvent {
    MessageEvent::MessageUnpinned { room_id: LOUNGE, by: ALICE }
}

/// Asks for both; each command with the same standing.
fn both(room: RoomId, by: &Standing) -> [MessageCommand; 2] {
    [MessageCommand::Pin { room, by: by.clone() }, MessageCommand::Unpin { room, by: by.clone() }]
}

fn alice(room: &Room) -> Standing {
    member(ALICE, room)
}

#[test]
fn a_message_is_pinned_and_unpinned_once() {
    let [pin, unpin] = both(LOUNGE, &alice(&lounge()));
    given::<Message>([bob_sent("hi")]).when(pin.clone()).then_expect_events(vec![pinned()]);
    given::<Message>([bob_sent("hi"), pinned()]).when(pin.clone()).then_expect_events(vec![]);
    given::<Message>([bob_sent("hi"), pinned()]).when(unpin.clone()).then_expect_events(vec![unpinned()]);
    given::<Message>([bob_sent("hi")]).when(unpin).then_expect_events(vec![]);
    given::<Message>([bob_sent("hi"), pinned(), unpinned()]).when(pin).then_expect_events(vec![pinned()]);
}

/// So that its stream stays short, whatever members do.
#[test]
fn a_message_is_pinned_so_often_alone_and_unpinned_always() {
    let [pin, unpin] = both(LOUNGE, &alice(&lounge()));
    let after = |pins: Vec<MessageEvent>| given::<Message>([vec![bob_sent("hi")], pins].concat());
    let often: Vec<_> = (0..PINS_MAX).flat_map(|_| [pinned(), unpinned()]).collect();
    let full = Refusal::LimitReached { what: "pinnings of this message", most: PINS_MAX };
    after(often[2..].to_vec()).when(pin.clone()).then_expect_events(vec![pinned()]);
    after(often.clone()).when(pin.clone()).then_expect_error(full);
    after(often[..often.len() - 1].to_vec()).when(pin).then_expect_events(vec![]);
    after(often[..often.len() - 1].to_vec()).when(unpin).then_expect_events(vec![unpinned()]);
}

#[test]
fn an_edited_message_stays_pinned() {
    let [_, unpin] = both(LOUNGE, &alice(&lounge()));
    given::<Message>([bob_sent("hi"), pinned(), edited("hello")]).when(unpin).then_expect_events(vec![unpinned()]);
}

#[test]
fn pinning_needs_pin_messages_which_both_in_a_dialog_have() {
    for by in [member(BOB, &lounge()), member_as(CAROL, &lounge(), [MODERATOR])] {
        for command in both(LOUNGE, &by) {
            let lacks = Refusal::Lacks(Permission::PinMessages);
            given::<Message>([bob_sent("hi")]).when(command).then_expect_error(lacks);
        }
    }
    let [pin, _] = both(LOUNGE, &member(BOB, &dialog()));
    let pinned = MessageEvent::MessagePinned { room_id: LOUNGE, by: BOB, imported: None };
    given::<Message>([bob_sent("hi")]).when(pin).then_expect_events(vec![pinned]);
}

#[test]
fn what_is_deleted_is_not_pinned() {
    for past in [vec![bob_sent("hi"), deleted_by_bob()], vec![bob_sent("hi"), pinned(), deleted_by_bob()]] {
        for command in both(LOUNGE, &alice(&lounge())) {
            given::<Message>(past.clone()).when(command).then_expect_error(Refusal::MessageDeleted);
        }
    }
    let mut message = Message::default();
    for event in [bob_sent("hi"), pinned(), deleted_by_bob(), pinned()] {
        message.evolve(&event);
    }
    assert!(!message.pinned);
}

#[test]
fn an_archived_room_keeps_its_pins() {
    for command in both(LOUNGE, &alice(&archived_lounge())) {
        given::<Message>([bob_sent("hi")]).when(command).then_expect_error(Refusal::Archived);
    }
}

#[test]
fn what_is_not_in_this_room_is_not_found_and_strangers_learn_nothing() {
    for room in [lounge(), archived_lounge()] {
        for command in both(ELSEWHERE, &alice(&room)) {
            given::<Message>([bob_sent("hi")]).when(command.clone()).then_expect_error(Refusal::NotFound);
            given::<Message>([]).when(command).then_expect_error(Refusal::NotFound);
        }
    }
    for past in [vec![], vec![bob_sent("hi")], vec![bob_sent("hi"), deleted_by_bob()]] {
        for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
            for command in both(LOUNGE, &stranger(CAROL, &room)) {
                given::<Message>(past.clone()).when(command).then_expect_error(refusal.clone());
            }
        }
    }
}

#[test]
fn an_import_tells_who_pinned_it_once() {
    let command = MessageCommand::ImportPin { room: LOUNGE, user: CAROL, imported: slack() };
    let imported = Some(from_slack(KeyName::content(BOB, LOUNGE, Month::of(NOON))));
    let event = MessageEvent::MessagePinned { room_id: LOUNGE, by: CAROL, imported };
    given::<Message>([bob_sent("hi")]).when(command.clone()).then_expect_events(vec![event]);
    given::<Message>([bob_sent("hi"), pinned()]).when(command.clone()).then_expect_events(vec![]);
    given::<Message>([bob_sent("hi"), pinned(), unpinned()]).when(command.clone()).then_expect_events(vec![]);
    given::<Message>([]).when(command.clone()).then_expect_error(Refusal::NotFound);
    given::<Message>([bob_sent("hi"), deleted_by_bob()]).when(command).then_expect_error(Refusal::MessageDeleted);
}
