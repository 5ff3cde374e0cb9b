//! Messages of secret rooms: each has a key of its own, and is destroyed by deleting it.

use uuid::Uuid;

use crate::erasure::Erasure;
use crate::facts::{ALICE, BOB, GREETING, LOUNGE, NOON, blocked, erased, given, member, secret};
use crate::id::FileId;
use crate::message::{Content, Message, MessageCommand, MessageEvent, Names};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};

fn key() -> KeyName {
    KeyName::message(BOB, LOUNGE, GREETING)
}

fn whispered(text: &str) -> MessageEvent {
    whispered_with(text, &[])
}

fn whispered_with(text: &str, files: &[FileId]) -> MessageEvent {
    let content = Sealed::new(key(), Content { text: text.into(), entities: vec![] });
    MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content,
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: None,
        file_ids: files.to_vec(),
        imported: None,
    }
}

fn reworded(text: &str) -> MessageEvent {
    let content = Sealed::new(key(), Content { text: text.into(), entities: vec![] });
    MessageEvent::MessageEdited { room_id: LOUNGE, content, mentions: vec![], mentions_all: false, imported: None }
}

fn destroyed() -> MessageEvent {
    MessageEvent::MessageDeleted { room_id: LOUNGE, by: BOB, erasure: Some(Erasure::of(key())) }
}

fn bob() -> Standing {
    member(BOB, &secret())
}

fn delete(by: Standing) -> MessageCommand {
    MessageCommand::Delete { room: LOUNGE, by, reactions: vec![] }
}

#[test]
fn each_message_has_a_key_of_its_own() {
    let text = "psst".to_owned();
    let send = MessageCommand::Send {
        id: GREETING,
        room: LOUNGE,
        by: bob(),
        text,
        files: vec![],
        names: Names::new(),
        reply_to: None,
        at: NOON,
    };
    given::<Message>([]).when(send).then_expect_events(vec![whispered("psst")]);
}

#[test]
fn every_wording_has_the_message_s_key() {
    let edit = MessageCommand::Edit { room: LOUNGE, by: bob(), text: "hush".into(), names: Names::new() };
    given::<Message>([whispered("psst")]).when(edit).then_expect_events(vec![reworded("hush")]);
}

#[test]
fn deleting_destroys_it_also_where_one_is_blocked() {
    for by in [bob(), blocked(BOB, &secret())] {
        given::<Message>([whispered("psst"), reworded("hush")]).when(delete(by)).then_expect_events(vec![destroyed()]);
    }
    given::<Message>([whispered("psst"), destroyed()]).when(delete(bob())).then_expect_events(vec![]);
}

#[test]
fn another_s_message_is_not_destroyed() {
    let lacks = Refusal::Lacks(Permission::DeleteMessages);
    given::<Message>([whispered("psst")]).when(delete(member(ALICE, &secret()))).then_expect_error(lacks);
}

#[test]
fn a_destroyed_message_is_known_by_one_receipt_for_ever() {
    let mut message = Message::default();
    message.evolve(&whispered("psst"));
    let before = message.erasure();
    message.evolve(&destroyed());
    assert_eq!((message.erasure(), message.erasure()), (before, Some(Erasure::of(key()))));
    let mut elsewhere = Message::default();
    elsewhere.evolve(&super::bob_sent("hi"));
    assert_eq!(elsewhere.erasure(), None);
}

#[test]
fn the_files_of_a_secret_message_end_with_it() {
    let files = [FileId(Uuid::from_u128(1)), FileId(Uuid::from_u128(2))];
    let keys = files.map(|file| KeyName::file(BOB, LOUNGE, file));
    let sent = whispered_with("look", &files);
    let erasure = Erasure::of(key()).with(keys);
    let destroyed = MessageEvent::MessageDeleted { room_id: LOUNGE, by: BOB, erasure: Some(erasure.clone()) };
    given::<Message>([sent.clone()]).when(delete(bob())).then_expect_events(vec![destroyed.clone()]);
    let mut message = Message::default();
    message.evolve(&sent);
    message.evolve(&destroyed);
    assert_eq!((message.files.len(), message.erasure()), (0, Some(erasure)), "its receipt is one for ever");
}

#[test]
fn what_people_reacted_with_ends_with_it() {
    let reactions = || [ALICE, BOB].map(|user| KeyName::reaction(user, LOUNGE, GREETING)).to_vec();
    let destroyed =
        MessageEvent::MessageDeleted { room_id: LOUNGE, by: BOB, erasure: Some(Erasure::of(key()).with(reactions())) };
    let delete = MessageCommand::Delete { room: LOUNGE, by: bob(), reactions: reactions() };
    let expire = MessageCommand::Expire { room: LOUNGE, reactions: reactions() };
    for command in [delete, expire] {
        given::<Message>([whispered("psst")]).when(command).then_expect_events(vec![destroyed.clone()]);
    }
    let mut message = Message::default();
    message.evolve(&whispered("psst"));
    message.evolve(&destroyed);
    let told = message.erasure().map(|erasure| erasure.keys);
    assert_eq!(told, Some([vec![key()], reactions()].concat()), "its receipt is one for ever");
}

#[test]
fn a_message_whose_key_is_gone_is_not_edited() {
    let gone = MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content: erased(),
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: None,
        file_ids: vec![],
        imported: None,
    };
    let edit = MessageCommand::Edit { room: LOUNGE, by: bob(), text: "hush".into(), names: Names::new() };
    given::<Message>([gone]).when(edit).then_expect_error(Refusal::MessageDeleted);
}

#[test]
fn what_is_older_than_its_room_keeps_is_destroyed() {
    let expire = || MessageCommand::Expire { room: LOUNGE, reactions: vec![] };
    given::<Message>([whispered("psst")]).when(expire()).then_expect_events(vec![destroyed()]);
    given::<Message>([whispered("psst"), destroyed()]).when(expire()).then_expect_events(vec![]);
    given::<Message>([]).when(expire()).then_expect_error(Refusal::NotFound);
}
