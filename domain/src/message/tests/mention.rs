//! What is found in messages.

use super::bob_sent;
use crate::facts::{ALICE, BOB, CAROL, GREETING, LOUNGE, NOON, given, lounge, member, member_with};
use crate::id::UserId;
use crate::message::entity::{Entity, EntityKind};
use crate::message::{Content, Message, MessageCommand, MessageEvent, Names};
use crate::permission::{Permission, Standing};
use crate::sealed::{KeyName, Month, Sealed};

fn names() -> Names {
    [("Ada".to_owned(), ALICE), ("ada".to_owned(), ALICE), ("carol".to_owned(), CAROL)].into()
}

fn mention(offset: usize, length: usize, user: UserId) -> Entity {
    Entity { kind: EntityKind::Mention, offset, length, user_id: Some(user) }
}

fn all(offset: usize) -> Entity {
    Entity { kind: EntityKind::MentionAll, offset, length: 4, user_id: None }
}

fn content(text: &str, entities: Vec<Entity>) -> Sealed<Content> {
    let content = Content { text: text.into(), entities };
    Sealed::new(KeyName::content(BOB, LOUNGE, Month::of(NOON)), content)
}

/// Bob sends, and then edits what he had sent.
fn said(by: &Standing, text: &str, entities: &[Entity], mentions: &[UserId], mentions_all: bool) {
    let (content, mentions) = (content(text, entities.to_vec()), mentions.to_vec());
    let told = MessageEvent::MessageSent {
        room_id: LOUNGE,
        sender_id: BOB,
        content: content.clone(),
        mentions: mentions.clone(),
        mentions_all,
        reply_to: None,
        forwarded_from: None,
        file_ids: vec![],
        imported: None,
    };
    let (room, text, names) = (LOUNGE, text.to_owned(), names());
    let send = MessageCommand::Send {
        id: GREETING,
        room,
        by: by.clone(),
        text: text.clone(),
        files: vec![],
        names: names.clone(),
        reply_to: None,
        at: NOON,
    };
    given::<Message>([]).when(send).then_expect_events(vec![told]);
    let edited = MessageEvent::MessageEdited { room_id: LOUNGE, content, mentions, mentions_all, imported: None };
    let edit = MessageCommand::Edit { room, by: by.clone(), text, names };
    given::<Message>([bob_sent("hi")]).when(edit).then_expect_events(vec![edited]);
}

#[test]
fn who_is_mentioned_stands_in_the_event_and_where_in_what_is_sealed() {
    let bob = member(BOB, &lounge());
    said(&bob, "hi @Ada", &[mention(3, 4, ALICE)], &[ALICE], false);
    said(&bob, "@carol, @ada", &[mention(0, 6, CAROL), mention(8, 4, ALICE)], &[ALICE, CAROL], false);
    said(&bob, "@somebody", &[], &[], false);
}

#[test]
fn all_are_mentioned_only_with_mention_all() {
    said(&member(BOB, &lounge()), "@all", &[], &[], false);
    let crier = member_with(BOB, &lounge(), [Permission::SendMessages, Permission::MentionAll]);
    said(&crier, "@all @ada", &[all(0), mention(5, 4, ALICE)], &[ALICE], true);
}

#[test]
fn what_is_found_is_stored_in_few_words() {
    let entities = vec![all(0), mention(5, 4, ALICE)];
    let stored = serde_json::to_value(Content { text: "@all @ada".into(), entities }).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({"text": "@all @ada", "entities": [
            {"type": "mention_all", "offset": 0, "length": 4},
            {"type": "mention", "offset": 5, "length": 4, "user_id": ALICE},
        ]})
    );
    assert_eq!(serde_json::to_value(Content::plain("hi")).unwrap(), serde_json::json!({"text": "hi"}));
}
