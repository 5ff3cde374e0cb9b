//! Messages that files go with.

use uuid::Uuid;

use super::{bob, deleted_by_bob, said};
use crate::facts::{BOB, GREETING, LOUNGE, NOON, given, lounge, member_with};
use crate::file::FILES_MAX;
use crate::id::FileId;
use crate::message::{Message, MessageCommand, MessageEvent, Names};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;

fn files(count: usize) -> Vec<FileId> {
    (0..count).map(|number| FileId(Uuid::from_u128(number as u128))).collect()
}

fn send(by: Standing, text: &str, files: Vec<FileId>) -> MessageCommand {
    let (text, names) = (text.into(), Names::new());
    MessageCommand::Send { id: GREETING, room: LOUNGE, by, text, files, names, reply_to: None, at: NOON }
}

fn sent(text: &str, file_ids: Vec<FileId>) -> MessageEvent {
    MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content: said(text),
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: None,
        file_ids,
        imported: None,
    }
}

#[test]
fn files_go_with_a_message_that_may_be_empty_then() {
    given::<Message>([]).when(send(bob(), "", files(2))).then_expect_events(vec![sent("", files(2))]);
    let edit = MessageCommand::Edit { room: LOUNGE, by: bob(), text: String::new(), names: Names::new() };
    let edited = given::<Message>([sent("look", files(1))]).when(edit.clone());
    edited.then_expect_events(vec![super::edited("")]);
    let empty = Refusal::invalid("/text", "0 characters where at least 1 are needed");
    given::<Message>([]).when(send(bob(), "", vec![])).then_expect_error(empty.clone());
    given::<Message>([sent("look", vec![])]).when(edit).then_expect_error(empty);
}

#[test]
fn files_need_a_permission_and_are_not_too_many() {
    let quiet = member_with(BOB, &lounge(), [Permission::SendMessages]);
    given::<Message>([]).when(send(quiet.clone(), "x", vec![])).then_expect_events(vec![sent("x", vec![])]);
    given::<Message>([]).when(send(quiet, "x", files(1))).then_expect_error(Refusal::Lacks(Permission::SendFiles));
    let many = Refusal::invalid("/file_ids", "21 files where at most 20 go with a message");
    given::<Message>([]).when(send(bob(), "x", files(FILES_MAX + 1))).then_expect_error(many);
    let twice = [files(2), files(1)].concat();
    given::<Message>([])
        .when(send(bob(), "x", twice))
        .then_expect_error(Refusal::invalid("/file_ids/2", "is there twice"));
}

#[test]
fn a_deleted_message_has_no_files() {
    let mut message = Message::default();
    message.evolve(&sent("look", files(2)));
    assert_eq!(message.files, files(2));
    message.evolve(&deleted_by_bob());
    assert_eq!(message.files, []);
}
