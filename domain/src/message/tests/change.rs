//! Editing and deleting.

use super::{bob, bob_sent, deleted_by_bob, edited, sent};
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, HELPER, LOUNGE, MODERATOR, archived_lounge, blocked, dialog, erased, given, lounge,
    member, member_as, public_lounge, stranger,
};
use crate::id::RoomId;
use crate::message::{EDITED_MAX, EDITS_MAX, Message, MessageCommand, MessageEvent, Names};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::text::MESSAGE_MAX;

fn edit(by: Standing, text: &str) -> MessageCommand {
    edit_in(LOUNGE, by, text)
}

fn edit_in(room: RoomId, by: Standing, text: &str) -> MessageCommand {
    MessageCommand::Edit { room, by, text: text.into(), names: Names::new() }
}

fn delete(by: Standing) -> MessageCommand {
    MessageCommand::Delete { room: LOUNGE, by, reactions: vec![] }
}

fn erased_message() -> MessageEvent {
    sent(erased(), None)
}

#[test]
fn its_author_edits_it_under_the_key_it_was_sent_with() {
    given::<Message>([bob_sent("hi")]).when(edit(bob(), "hello")).then_expect_events(vec![edited("hello")]);
    given::<Message>([bob_sent("hi"), edited("hello")]).when(edit(bob(), "hi")).then_expect_events(vec![edited("hi")]);
}

#[test]
fn the_same_words_are_no_event() {
    given::<Message>([bob_sent("hi")]).when(edit(bob(), "hi")).then_expect_events(vec![]);
    given::<Message>([bob_sent("hi"), edited("hello")]).when(edit(bob(), "hello")).then_expect_events(vec![]);
}

#[test]
fn nobody_edits_another_s_words() {
    for by in [member(ALICE, &lounge()), member_as(CAROL, &lounge(), [MODERATOR])] {
        given::<Message>([bob_sent("hi")]).when(edit(by, "hello")).then_expect_error(Refusal::NotTheAuthor);
    }
}

#[test]
fn editing_needs_send_messages() {
    let silenced = member_as(BOB, &lounge(), [HELPER]);
    let lacks = Refusal::Lacks(Permission::SendMessages);
    given::<Message>([bob_sent("hi")]).when(edit(silenced, "hello")).then_expect_error(lacks);
}

#[test]
fn an_edit_is_as_long_as_a_message() {
    for (text, detail) in [
        (String::new(), "0 characters where at least 1 are needed"),
        ("x".repeat(16_385), "16385 characters where at most 16384 are allowed"),
    ] {
        given::<Message>([bob_sent("hi")])
            .when(edit(bob(), &text))
            .then_expect_error(Refusal::invalid("/text", detail));
    }
}

/// So that its stream stays short, whatever its author does.
#[test]
fn it_is_edited_so_often_and_so_much_alone() {
    let after = |edits: Vec<MessageEvent>| given::<Message>([vec![bob_sent("hi")], edits].concat());
    let often: Vec<_> = (0..EDITS_MAX).map(|edit| edited(&edit.to_string())).collect();
    let last = (EDITS_MAX - 1).to_string();
    let full = Refusal::LimitReached { what: "edits of this message", most: EDITS_MAX };
    after(often[1..].to_vec()).when(edit(bob(), "hello")).then_expect_events(vec![edited("hello")]);
    after(often.clone()).when(edit(bob(), "hello")).then_expect_error(full);
    after(often.clone()).when(edit(bob(), &last)).then_expect_events(vec![]);
    after(often).when(delete(bob())).then_expect_events(vec![deleted_by_bob()]);

    // Counted in characters: each of these has two bytes.
    let long = ["é", "è"].map(|letter| letter.repeat(MESSAGE_MAX));
    let much: Vec<_> = (0..EDITED_MAX / MESSAGE_MAX).map(|edit| edited(&long[edit % 2])).collect();
    let full = Refusal::LimitReached { what: "characters in edits of this message", most: EDITED_MAX };
    after(much[1..].to_vec()).when(edit(bob(), &long[0])).then_expect_events(vec![edited(&long[0])]);
    after(much.clone()).when(edit(bob(), "hello")).then_expect_error(full);
    after(much).when(delete(bob())).then_expect_events(vec![deleted_by_bob()]);
}

#[test]
fn what_is_deleted_or_erased_is_not_edited() {
    for past in [vec![bob_sent("hi"), deleted_by_bob()], vec![erased_message()]] {
        given::<Message>(past.clone()).when(edit(bob(), "hello")).then_expect_error(Refusal::MessageDeleted);
        // The state goes before what they lack.
        let alice = member(ALICE, &lounge());
        given::<Message>(past).when(edit(alice, "hello")).then_expect_error(Refusal::MessageDeleted);
    }
}

#[test]
fn its_author_deletes_it_also_when_silenced() {
    for by in [bob(), member_as(BOB, &lounge(), [HELPER])] {
        given::<Message>([bob_sent("hi")]).when(delete(by)).then_expect_events(vec![deleted_by_bob()]);
    }
    given::<Message>([erased_message()]).when(delete(bob())).then_expect_events(vec![deleted_by_bob()]);
}

#[test]
fn others_delete_it_with_delete_messages() {
    for by in [member(ALICE, &lounge()), member_as(CAROL, &lounge(), [MODERATOR])] {
        let deleted = MessageEvent::MessageDeleted { room_id: LOUNGE, by: by.user, erasure: None };
        given::<Message>([bob_sent("hi")]).when(delete(by)).then_expect_events(vec![deleted]);
    }
    let lacks = Refusal::Lacks(Permission::DeleteMessages);
    given::<Message>([bob_sent("hi")]).when(delete(member(CAROL, &lounge()))).then_expect_error(lacks.clone());
    given::<Message>([bob_sent("hi"), deleted_by_bob()])
        .when(delete(member(CAROL, &lounge())))
        .then_expect_error(lacks);
}

#[test]
fn deleting_again_is_no_event() {
    for by in [bob(), member(ALICE, &lounge())] {
        given::<Message>([bob_sent("hi"), deleted_by_bob()]).when(delete(by)).then_expect_events(vec![]);
    }
}

#[test]
fn who_is_blocked_takes_back_and_changes_nothing() {
    let bob = || blocked(BOB, &dialog());
    given::<Message>([bob_sent("hi")]).when(edit(bob(), "hello")).then_expect_error(Refusal::Blocked);
    given::<Message>([bob_sent("hi")]).when(delete(bob())).then_expect_events(vec![deleted_by_bob()]);
}

#[test]
fn an_archived_room_keeps_its_messages_as_they_are() {
    let bob = || member(BOB, &archived_lounge());
    given::<Message>([bob_sent("hi")]).when(edit(bob(), "hello")).then_expect_error(Refusal::Archived);
    given::<Message>([bob_sent("hi")]).when(delete(bob())).then_expect_error(Refusal::Archived);
}

#[test]
fn what_is_not_in_this_room_is_not_found() {
    given::<Message>([]).when(edit(bob(), "hello")).then_expect_error(Refusal::NotFound);
    given::<Message>([]).when(delete(bob())).then_expect_error(Refusal::NotFound);
    given::<Message>([bob_sent("hi")]).when(edit_in(ELSEWHERE, bob(), "hello")).then_expect_error(Refusal::NotFound);
    // Also in an archived room: what is not there has no state.
    let archived = member(BOB, &archived_lounge());
    given::<Message>([]).when(edit(archived, "hello")).then_expect_error(Refusal::NotFound);
}

#[test]
fn strangers_learn_nothing_of_messages() {
    for past in [vec![], vec![bob_sent("hi")], vec![bob_sent("hi"), deleted_by_bob()]] {
        for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
            let author_who_left = || stranger(BOB, &room);
            given::<Message>(past.clone()).when(edit(author_who_left(), "x")).then_expect_error(refusal.clone());
            given::<Message>(past.clone()).when(delete(author_who_left())).then_expect_error(refusal);
        }
    }
}

#[test]
fn an_edit_of_what_is_deleted_brings_nothing_back() {
    let mut message = Message::default();
    for event in [bob_sent("hi"), deleted_by_bob(), edited("hello")] {
        message.evolve(&event);
    }
    assert_eq!((message.deleted, message.text), (true, None));
}
