//! Given, when, then: messages.

mod change;
mod files;
mod forward;
mod import;
mod mention;
mod pin;
mod secret;

use time::macros::datetime;

use super::{Content, Message, MessageCommand, MessageEvent, Names, ReplyTo};
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, GREETING, HELPER, LOUNGE, NOON, archived_lounge, blocked, dialog, given, lounge,
    member, member_as, public_lounge, stranger,
};
use crate::id::MessageId;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};

fn said(text: &str) -> Sealed<Content> {
    Sealed::new(KeyName::content(BOB, LOUNGE, Month::of(NOON)), Content::plain(text))
}

fn bob_sent(text: &str) -> MessageEvent {
    sent(said(text), None)
}

/// Bob said something that mentions nobody.
fn sent(content: Sealed<Content>, reply_to: Option<MessageId>) -> MessageEvent {
    MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content,
        mentions: vec![],
        mentions_all: false,
        reply_to,
        forwarded_from: None,
        file_ids: vec![],
        imported: None,
    }
}

fn edited(text: &str) -> MessageEvent {
    MessageEvent::MessageEdited {
        room_id: LOUNGE,
        content: said(text),
        mentions: vec![],
        mentions_all: false,
        imported: None,
    }
}

fn deleted_by_bob() -> MessageEvent {
    MessageEvent::MessageDeleted { room_id: LOUNGE, by: BOB, erasure: None }
}

fn bob() -> Standing {
    member(BOB, &lounge())
}

fn send(by: Standing, text: &str) -> MessageCommand {
    let (text, names) = (text.into(), Names::new());
    MessageCommand::Send { id: GREETING, room: LOUNGE, by, text, files: vec![], names, reply_to: None, at: NOON }
}

fn reply(reply_to: ReplyTo) -> MessageCommand {
    let (text, names) = ("hi".into(), Names::new());
    MessageCommand::Send {
        id: GREETING,
        room: LOUNGE,
        by: bob(),
        text,
        files: vec![],
        names,
        reply_to: Some(reply_to),
        at: NOON,
    }
}

#[test]
fn members_send() {
    given::<Message>([]).when(send(bob(), " hi\n")).then_expect_events(vec![bob_sent(" hi\n")]);
}

#[test]
fn what_was_said_has_the_key_of_its_month_in_utc() {
    let late = datetime!(2024-06-01 01:30 +2);
    let (text, names) = ("hi".into(), Names::new());
    let command = MessageCommand::Send {
        id: GREETING,
        room: LOUNGE,
        by: bob(),
        text,
        files: vec![],
        names,
        reply_to: None,
        at: late,
    };
    given::<Message>([]).when(command).then_expect_events(vec![bob_sent("hi")]);
}

#[test]
fn a_message_answers_one_of_its_room() {
    let greeting = Message { exists: true, room_id: Some(LOUNGE), ..Message::default() };
    let answer = sent(said("hi"), Some(GREETING));
    given::<Message>([]).when(reply(ReplyTo::of(GREETING, &greeting))).then_expect_events(vec![answer]);
}

#[test]
fn it_answers_none_of_another_room_and_none_that_is_not_there() {
    let elsewhere = Message { exists: true, room_id: Some(ELSEWHERE), ..Message::default() };
    for other in [elsewhere, Message::default()] {
        given::<Message>([])
            .when(reply(ReplyTo::of(GREETING, &other)))
            .then_expect_error(Refusal::invalid("/reply_to", "no message of this room"));
    }
}

#[test]
fn a_message_is_sent_once() {
    given::<Message>([bob_sent("hi")]).when(send(bob(), "hi")).then_expect_error(Refusal::IdTaken);
}

#[test]
fn sending_needs_send_messages() {
    let helper = member_as(BOB, &lounge(), [HELPER]);
    let lacks = Refusal::Lacks(Permission::SendMessages);
    given::<Message>([]).when(send(helper, "hi")).then_expect_error(lacks);
}

#[test]
fn strangers_send_nothing() {
    given::<Message>([]).when(send(stranger(CAROL, &lounge()), "hi")).then_expect_error(Refusal::NotFound);
    let carol = stranger(CAROL, &public_lounge());
    given::<Message>([]).when(send(carol, "hi")).then_expect_error(Refusal::NotAMember);
    // What they may not know goes before everything: also before what is wrong with the message.
    given::<Message>([bob_sent("hi")]).when(send(stranger(CAROL, &lounge()), "")).then_expect_error(Refusal::NotFound);
}

#[test]
fn who_is_blocked_sends_nothing() {
    given::<Message>([]).when(send(blocked(BOB, &dialog()), "hi")).then_expect_error(Refusal::Blocked);
    // Strangers are told that there is nothing, whoever has blocked them.
    let carol = Standing { blocked: true, ..stranger(CAROL, &dialog()) };
    given::<Message>([]).when(send(carol, "hi")).then_expect_error(Refusal::NotFound);
}

#[test]
fn an_archived_room_takes_no_messages() {
    for by in [member(ALICE, &archived_lounge()), member_as(BOB, &archived_lounge(), [HELPER])] {
        given::<Message>([]).when(send(by, "hi")).then_expect_error(Refusal::Archived);
    }
}

#[test]
fn a_message_says_something_and_not_too_much() {
    let longest = "é".repeat(16_384);
    given::<Message>([]).when(send(bob(), &longest)).then_expect_events(vec![bob_sent(&longest)]);
    let refusals = [
        (String::new(), "0 characters where at least 1 are needed"),
        ("é".repeat(16_385), "16385 characters where at most 16384 are allowed"),
        ("h\0i".into(), "holds the character U+0000"),
    ];
    for (text, detail) in refusals {
        given::<Message>([]).when(send(bob(), &text)).then_expect_error(Refusal::invalid("/text", detail));
    }
}
