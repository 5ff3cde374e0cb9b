//! Messages of imports.

use super::{bob_sent, deleted_by_bob, said};
use crate::facts::{BOB, CAROL, ELSEWHERE, GREETING, LOUNGE, NOON, from_slack, given, slack};
use crate::id::{RoomId, UserId};
use crate::imported::Imported;
use crate::message::entity::{Entity, EntityKind, Names};
use crate::message::{Content, Message, MessageCommand, MessageEvent};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};

fn origin() -> Imported {
    from_slack(KeyName::content(BOB, LOUNGE, Month::of(NOON)))
}

fn imported(text: &str) -> MessageEvent {
    MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content: said(text),
        mentions: vec![],
        mentions_all: false,
        reply_to: Some(GREETING),
        forwarded_from: None,
        file_ids: vec![],
        imported: Some(origin()),
    }
}

fn import(room: RoomId, sender: UserId, text: &str) -> MessageCommand {
    let (text, reply_to, files) = (text.into(), Some(GREETING), vec![]);
    MessageCommand::Import { room, sender, text, names: names(), reply_to, files, at: NOON, imported: slack() }
}

fn import_edit(text: &str) -> MessageCommand {
    MessageCommand::ImportEdit { room: LOUNGE, text: text.into(), names: names(), imported: slack() }
}

fn names() -> Names {
    [("Carol C.".to_owned(), CAROL)].into()
}

#[test]
fn whom_it_mentions_is_mentioned() {
    let text = "hi @Carol C.!";
    let mention = Entity { kind: EntityKind::Mention, offset: 3, length: 9, user_id: Some(CAROL) };
    let content = Sealed::new(said(text).key().clone(), Content { text: text.into(), entities: vec![mention] });
    let MessageEvent::MessageSent { room_id, sender_id, reply_to, forwarded_from, imported: from, .. } = imported(text)
    else {
        panic!("it was sent")
    };
    let sent = MessageEvent::MessageSent {
        room_id,
        sender_id,
        content: content.clone(),
        mentions: vec![CAROL],
        mentions_all: false,
        reply_to,
        forwarded_from,
        file_ids: vec![],
        imported: from,
    };
    given::<Message>([]).when(import(LOUNGE, BOB, text)).then_expect_events(vec![sent]);
    let edited = MessageEvent::MessageEdited {
        room_id: LOUNGE,
        content,
        mentions: vec![CAROL],
        mentions_all: false,
        imported: Some(origin()),
    };
    given::<Message>([imported("hi")]).when(import_edit(text)).then_expect_events(vec![edited]);
}

#[test]
fn history_is_taken_as_it_is() {
    for text in ["hi", "", &"x".repeat(40_000)] {
        given::<Message>([]).when(import(LOUNGE, BOB, text)).then_expect_events(vec![imported(text)]);
    }
}

#[test]
fn but_for_u_0000_and_sheer_size() {
    for (text, detail) in [
        ("h\0i".into(), "holds the character U+0000"),
        ("x".repeat(65_537), "65537 characters where at most 65536 are allowed"),
    ] {
        let refusal = Refusal::invalid("/text", detail);
        given::<Message>([]).when(import(LOUNGE, BOB, &text)).then_expect_error(refusal.clone());
        given::<Message>([bob_sent("hi")]).when(import_edit(&text)).then_expect_error(refusal);
    }
}

#[test]
fn a_second_import_adds_nothing() {
    given::<Message>([imported("hi")]).when(import(LOUNGE, BOB, "hi")).then_expect_events(vec![]);
    given::<Message>([imported("hi")]).when(import(LOUNGE, BOB, "something else")).then_expect_events(vec![]);
}

#[test]
fn an_id_is_of_one_sender_and_room() {
    for (room, sender) in [(ELSEWHERE, BOB), (LOUNGE, CAROL)] {
        given::<Message>([imported("hi")]).when(import(room, sender, "hi")).then_expect_error(Refusal::IdTaken);
    }
}

#[test]
fn an_imported_edit_says_so_once_even_of_the_wording_that_was_imported() {
    let edited = MessageEvent::MessageEdited {
        room_id: LOUNGE,
        content: said("hello"),
        mentions: vec![],
        mentions_all: false,
        imported: Some(origin()),
    };
    for before in ["hi", "hello"] {
        given::<Message>([imported(before)]).when(import_edit("hello")).then_expect_events(vec![edited.clone()]);
    }
    given::<Message>([imported("hi"), edited]).when(import_edit("hello")).then_expect_events(vec![]);
}

#[test]
fn what_is_deleted_or_not_there_is_not_edited() {
    given::<Message>([]).when(import_edit("hello")).then_expect_error(Refusal::NotFound);
    given::<Message>([bob_sent("hi"), deleted_by_bob()])
        .when(import_edit("hello"))
        .then_expect_error(Refusal::MessageDeleted);
}
