//! What is forwarded.

use time::Duration;
use uuid::Uuid;

use super::{bob, bob_sent, deleted_by_bob, edited};
use crate::erasure::Erasure;
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, GREETING, HELPER, LOUNGE, NOON, archived_lounge, erased, given, lounge, member,
    member_as, public_lounge, stranger,
};
use crate::id::{MessageId, RoomId};
use crate::message::{Content, ForwardedFrom, Message, MessageCommand, MessageEvent, Names, Source};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::{Room, RoomType};
use crate::sealed::{KeyName, Month, Sealed};

/// What a forward is called.
const COPY: MessageId = MessageId(Uuid::from_u128(0x21));

/// A message as its events left it.
fn after(past: impl IntoIterator<Item = MessageEvent>) -> Message {
    let mut message = Message::default();
    for event in past {
        message.evolve(&event);
    }
    message
}

/// The greeting, in the lounge, as Alice sees it.
fn seen(past: impl IntoIterator<Item = MessageEvent>) -> Source {
    Source::of(LOUNGE, member(ALICE, &lounge()), GREETING, &after(past))
}

fn forward_as(by: Standing, source: Source) -> MessageCommand {
    MessageCommand::Forward { id: COPY, room: ELSEWHERE, by, source, files: vec![], at: NOON + Duration::days(30) }
}

fn forward(source: Source) -> MessageCommand {
    forward_as(member(ALICE, &lounge()), source)
}

/// What Alice forwarded elsewhere in the month after it was said.
fn forwarded(text: &str, from: ForwardedFrom) -> MessageEvent {
    let key = KeyName::content(from.sender_id, ELSEWHERE, Month::of(NOON + Duration::days(30)));
    MessageEvent::MessageSent {
        room_id: ELSEWHERE,
        sender_id: ALICE,
        content: Sealed::new(key, Content::of(text.into(), &Names::new(), false)),
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: Some(from),
        file_ids: vec![],
        imported: None,
    }
}

/// Of the greeting that Bob said.
const FROM_BOB: ForwardedFrom = ForwardedFrom { message_id: GREETING, room_id: LOUNGE, sender_id: BOB };

#[test]
fn what_is_forwarded_is_sealed_with_the_key_of_who_said_it_in_the_room_it_comes_to() {
    let event = forwarded("see http://example.org", FROM_BOB);
    given::<Message>([]).when(forward(seen([bob_sent("see http://example.org")]))).then_expect_events(vec![event]);
    let source = seen([bob_sent("hi"), edited("hello")]);
    given::<Message>([]).when(forward(source)).then_expect_events(vec![forwarded("hello", FROM_BOB)]);
}

#[test]
fn of_what_was_forwarded_before_the_beginning_is_told() {
    let once = after([forwarded("hi", FROM_BOB)]);
    let source = Source::of(ELSEWHERE, member(ALICE, &lounge()), MessageId(ELSEWHERE.0), &once);
    given::<Message>([]).when(forward(source)).then_expect_events(vec![forwarded("hi", FROM_BOB)]);
}

#[test]
fn what_is_forwarded_mentions_nobody() {
    let mut source = seen([bob_sent("hi")]);
    source.text = Some("@bob @all".into());
    given::<Message>([]).when(forward(source)).then_expect_events(vec![forwarded("@bob @all", FROM_BOB)]);
}

#[test]
fn into_a_secret_room_it_comes_with_a_key_of_its_own_that_ends_with_who_said_it() {
    let secret = Room { room_type: RoomType::Secret, ..lounge() };
    let said = MessageEvent::MessageSent {
        room_id: ELSEWHERE,
        sender_id: ALICE,
        content: Sealed::new(KeyName::message(BOB, ELSEWHERE, COPY), Content::of("hi".into(), &Names::new(), false)),
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: Some(FROM_BOB),
        file_ids: vec![],
        imported: None,
    };
    let by = member(ALICE, &secret);
    given::<Message>([]).when(forward_as(by, seen([bob_sent("hi")]))).then_expect_events(vec![said.clone()]);
    assert_eq!(after([said]).erasure(), Some(Erasure::of(KeyName::message(BOB, ELSEWHERE, COPY))));
}

#[test]
fn it_is_another_s_word_and_is_not_edited_but_deleted() {
    let edit =
        MessageCommand::Edit { room: ELSEWHERE, by: member(ALICE, &lounge()), text: "x".into(), names: Names::new() };
    given::<Message>([forwarded("hi", FROM_BOB)]).when(edit).then_expect_error(Refusal::Forwarded);
    let delete = MessageCommand::Delete { room: ELSEWHERE, by: member(ALICE, &lounge()), reactions: vec![] };
    let deleted = MessageEvent::MessageDeleted { room_id: ELSEWHERE, by: ALICE, erasure: None };
    given::<Message>([forwarded("hi", FROM_BOB)]).when(delete).then_expect_events(vec![deleted]);
}

#[test]
fn what_they_do_not_see_nobody_forwards() {
    let message = after([bob_sent("hi")]);
    let of = |room: RoomId, by: Standing| forward(Source::of(room, by, GREETING, &message));
    given::<Message>([]).when(of(LOUNGE, stranger(ALICE, &lounge()))).then_expect_error(Refusal::NotFound);
    given::<Message>([]).when(of(LOUNGE, stranger(ALICE, &public_lounge()))).then_expect_error(Refusal::NotAMember);
    given::<Message>([]).when(of(ELSEWHERE, bob())).then_expect_error(Refusal::NotFound);
    given::<Message>([]).when(forward(seen([]))).then_expect_error(Refusal::NotFound);
}

#[test]
fn nothing_comes_where_they_may_not_send() {
    let source = || seen([bob_sent("hi")]);
    for (by, refusal) in [
        (stranger(ALICE, &lounge()), Refusal::NotFound),
        (stranger(ALICE, &public_lounge()), Refusal::NotAMember),
        (member(ALICE, &archived_lounge()), Refusal::Archived),
        (member_as(CAROL, &lounge(), [HELPER]), Refusal::Lacks(Permission::SendMessages)),
    ] {
        given::<Message>([]).when(forward_as(by, source())).then_expect_error(refusal);
    }
    given::<Message>([bob_sent("hi")]).when(forward(source())).then_expect_error(Refusal::IdTaken);
}

#[test]
fn what_is_deleted_or_erased_is_not_forwarded_and_what_is_archived_is() {
    let erased = edited_to(erased());
    for past in [vec![bob_sent("hi"), deleted_by_bob()], vec![bob_sent("hi"), erased]] {
        given::<Message>([]).when(forward(seen(past))).then_expect_error(Refusal::MessageDeleted);
    }
    let archived = Source::of(LOUNGE, member(ALICE, &archived_lounge()), GREETING, &after([bob_sent("hi")]));
    given::<Message>([]).when(forward(archived)).then_expect_events(vec![forwarded("hi", FROM_BOB)]);
}

#[test]
fn nothing_leaves_a_secret_room() {
    let secret = Room { room_type: RoomType::Secret, ..lounge() };
    let source = |past: Vec<MessageEvent>| Source::of(LOUNGE, member(ALICE, &secret), GREETING, &after(past));
    given::<Message>([]).when(forward(source(vec![bob_sent("hi")]))).then_expect_error(Refusal::StaysSecret);
    let deleted = source(vec![bob_sent("hi"), deleted_by_bob()]);
    given::<Message>([]).when(forward(deleted)).then_expect_error(Refusal::MessageDeleted);
}

fn edited_to(content: Sealed<Content>) -> MessageEvent {
    MessageEvent::MessageEdited { room_id: LOUNGE, content, mentions: vec![], mentions_all: false, imported: None }
}
