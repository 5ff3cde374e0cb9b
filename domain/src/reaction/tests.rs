//! Given, when, then: reactions.

use super::{EMOJI_MOST, REACTIONS_MAX, Reaction, ReactionCommand, ReactionEvent, Target};
use crate::facts::{
    BOB, CAROL, ELSEWHERE, GREETING, LOUNGE, NOON, archived_lounge, erased, from_slack, given, lounge, member,
    member_with, public_lounge, slack, stranger,
};
use crate::message::Message;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::{Room, RoomType};
use crate::sealed::{KeyName, Month, Sealed};

/// The greeting, said by Carol in the lounge.
fn greeting() -> Message {
    Message {
        exists: true,
        room_id: Some(LOUNGE),
        sender_id: Some(CAROL),
        text: Some("hi".into()),
        key: Some(carols_key()),
        ..Message::default()
    }
}

fn deleted() -> Message {
    Message { text: None, deleted: true, ..greeting() }
}

fn carols_key() -> KeyName {
    KeyName::content(CAROL, LOUNGE, Month::of(NOON))
}

fn with(emoji: &str) -> Sealed<String> {
    Sealed::new(KeyName::content(BOB, LOUNGE, Month::of(NOON)), emoji.into())
}

fn added(emoji: &str) -> ReactionEvent {
    let (room_id, message_id, user_id) = (LOUNGE, GREETING, BOB);
    ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji: with(emoji), imported: None }
}

fn removed(emoji: &str) -> ReactionEvent {
    ReactionEvent::ReactionRemoved { room_id: LOUNGE, message_id: GREETING, user_id: BOB, emoji: with(emoji) }
}

fn add_to(message: &Message, by: Standing, emoji: &str) -> ReactionCommand {
    let target = Target::of(LOUNGE, GREETING, message);
    ReactionCommand::Add { target, by, emoji: emoji.into(), at: NOON }
}

fn remove_from(message: &Message, by: Standing, emoji: &str) -> ReactionCommand {
    ReactionCommand::Remove { target: Target::of(LOUNGE, GREETING, message), by, emoji: emoji.into() }
}

fn add(emoji: &str) -> ReactionCommand {
    add_to(&greeting(), member(BOB, &lounge()), emoji)
}

fn remove(emoji: &str) -> ReactionCommand {
    remove_from(&greeting(), member(BOB, &lounge()), emoji)
}

#[test]
fn members_react_with_any_emoji_once() {
    for emoji in ["👍", "🏳️‍🌈", ":party_parrot:", "x", &"🦀".repeat(16)] {
        given::<Reaction>([]).when(add(emoji)).then_expect_events(vec![added(emoji)]);
        given::<Reaction>([added(emoji)]).when(add(emoji)).then_expect_events(vec![]);
        given::<Reaction>([added(emoji), removed(emoji)]).when(add(emoji)).then_expect_events(vec![added(emoji)]);
    }
}

#[test]
fn a_reaction_is_taken_back_once() {
    given::<Reaction>([added("👍"), added("🦀")]).when(remove("👍")).then_expect_events(vec![removed("👍")]);
    given::<Reaction>([added("🦀")]).when(remove("👍")).then_expect_events(vec![]);
    given::<Reaction>([added("👍"), removed("👍")]).when(remove("👍")).then_expect_events(vec![]);
}

#[test]
fn its_removal_is_sealed_as_it_was() {
    let april = Sealed::new(KeyName::content(BOB, LOUNGE, Month::of(NOON - time::Duration::days(30))), "👍".to_owned());
    let (room_id, message_id, user_id, emoji) = (LOUNGE, GREETING, BOB, april);
    let added = ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji: emoji.clone(), imported: None };
    let removed = ReactionEvent::ReactionRemoved { room_id, message_id, user_id, emoji };
    given::<Reaction>([added]).when(remove("👍")).then_expect_events(vec![removed]);
}

#[test]
fn what_is_no_emoji_is_refused() {
    for (emoji, detail) in [
        (String::new(), "is empty"),
        ("x".repeat(65), "65 bytes where at most 64 are allowed"),
        ("two words".into(), "holds a space or a control character"),
        ("a\u{a0}b".into(), "holds a space or a control character"),
        ("a\0".into(), "holds a space or a control character"),
    ] {
        for command in [add(&emoji), remove(&emoji)] {
            given::<Reaction>([]).when(command).then_expect_error(Refusal::invalid("/emoji", detail));
        }
    }
}

#[test]
fn nobody_reacts_with_more_than_twenty() {
    let twenty = (0..EMOJI_MOST).map(|number| added(&number.to_string())).collect::<Vec<_>>();
    given::<Reaction>(twenty.clone()).when(add("👍")).then_expect_error(Refusal::TooManyReactions);
    given::<Reaction>(twenty.clone()).when(add("7")).then_expect_events(vec![]);
    let fewer = [twenty, vec![removed("7")]].concat();
    given::<Reaction>(fewer).when(add("👍")).then_expect_events(vec![added("👍")]);
}

/// So that the stream stays short, whatever they do.
#[test]
fn nobody_reacts_more_often_than_one_may_and_takes_back_always() {
    let often: Vec<_> = (0..REACTIONS_MAX).flat_map(|_| [added("👍"), removed("👍")]).collect();
    let full = Refusal::LimitReached { what: "reactions of yours to this message", most: REACTIONS_MAX };
    given::<Reaction>(often[2..].to_vec()).when(add("🦀")).then_expect_events(vec![added("🦀")]);
    given::<Reaction>(often.clone()).when(add("🦀")).then_expect_error(full);
    let standing = often[..often.len() - 1].to_vec();
    given::<Reaction>(standing.clone()).when(add("👍")).then_expect_events(vec![]);
    given::<Reaction>(standing).when(remove("👍")).then_expect_events(vec![removed("👍")]);
    // What an import tells was so.
    let import = ReactionCommand::ImportAdd {
        target: Target::of(LOUNGE, GREETING, &greeting()),
        user: BOB,
        emoji: "🦀".into(),
        at: NOON,
        imported: slack(),
    };
    let told = given::<Reaction>(often).when(import).inspect_result();
    assert_eq!(told.map(|events| events.len()), Ok(1));
}

#[test]
fn reacting_needs_react_and_taking_back_does_not() {
    let bob = || member_with(BOB, &lounge(), [Permission::SendMessages]);
    let lacks = Refusal::Lacks(Permission::React);
    given::<Reaction>([added("👍")]).when(add_to(&greeting(), bob(), "🦀")).then_expect_error(lacks);
    given::<Reaction>([added("👍")])
        .when(remove_from(&greeting(), bob(), "👍"))
        .then_expect_events(vec![removed("👍")]);
}

#[test]
fn what_is_deleted_or_erased_takes_no_reactions() {
    let erased = Message { text: None, ..greeting() };
    for message in [deleted(), erased] {
        for command in
            [add_to(&message, member(BOB, &lounge()), "👍"), remove_from(&message, member(BOB, &lounge()), "👍")]
        {
            given::<Reaction>([]).when(command).then_expect_error(Refusal::MessageDeleted);
        }
    }
}

#[test]
fn an_archived_room_keeps_its_reactions() {
    let bob = || member(BOB, &archived_lounge());
    for message in [greeting(), deleted()] {
        given::<Reaction>([]).when(add_to(&message, bob(), "👍")).then_expect_error(Refusal::Archived);
        given::<Reaction>([added("👍")]).when(remove_from(&message, bob(), "👍")).then_expect_error(Refusal::Archived);
    }
}

#[test]
fn what_is_not_in_this_room_is_not_found() {
    let elsewhere = Message { room_id: Some(ELSEWHERE), ..greeting() };
    for message in [Message::default(), elsewhere] {
        for room in [lounge(), archived_lounge()] {
            let command = add_to(&message, member(BOB, &room), "👍");
            given::<Reaction>([]).when(command).then_expect_error(Refusal::NotFound);
        }
    }
}

#[test]
fn strangers_learn_nothing_of_messages() {
    for message in [Message::default(), greeting(), deleted()] {
        for (room, refusal) in [(lounge(), Refusal::NotFound), (public_lounge(), Refusal::NotAMember)] {
            for command in
                [add_to(&message, stranger(BOB, &room), "👍"), remove_from(&message, stranger(BOB, &room), "")]
            {
                given::<Reaction>([added("👍")]).when(command).then_expect_error(refusal.clone());
            }
        }
    }
}

#[test]
fn in_a_secret_room_a_reaction_ends_with_its_message() {
    let secret = Room { room_type: RoomType::Secret, ..lounge() };
    let (of_the_message, own) = (carols_key(), KeyName::reaction(BOB, LOUNGE, GREETING));
    let sealed = |key: &KeyName, emoji: &str| {
        let (room_id, message_id, user_id, emoji) = (LOUNGE, GREETING, BOB, Sealed::new(key.clone(), emoji.to_owned()));
        let added = ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji: emoji.clone(), imported: None };
        (added, ReactionEvent::ReactionRemoved { room_id, message_id, user_id, emoji })
    };
    let ((older, older_removed), (thumb, _)) = (sealed(&of_the_message, "🦀"), sealed(&own, "👍"));
    let bob = || member(BOB, &secret);
    given::<Reaction>([]).when(add_to(&greeting(), bob(), "👍")).then_expect_events(vec![thumb.clone()]);
    given::<Reaction>([older.clone()])
        .when(remove_from(&greeting(), bob(), "🦀"))
        .then_expect_events(vec![older_removed]);
    let mut reaction = Reaction::default();
    for (event, key) in [(older, None), (thumb, Some(own))] {
        reaction.evolve(&event);
        assert_eq!(reaction.key, key, "what ends besides the message's own");
    }
}

#[test]
fn an_import_tells_of_reactions_once_and_of_any_number() {
    let import = |message: &Message| ReactionCommand::ImportAdd {
        target: Target::of(LOUNGE, GREETING, message),
        user: BOB,
        emoji: "👍".into(),
        at: NOON,
        imported: slack(),
    };
    let imported = Some(from_slack(KeyName::content(BOB, LOUNGE, Month::of(NOON))));
    let (room_id, message_id, user_id, emoji) = (LOUNGE, GREETING, BOB, with("👍"));
    let told = ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji, imported };
    let many = (0..30).map(|number| added(&number.to_string())).collect::<Vec<_>>();
    given::<Reaction>(many).when(import(&greeting())).then_expect_events(vec![told.clone()]);
    given::<Reaction>([told.clone()]).when(import(&greeting())).then_expect_events(vec![]);
    given::<Reaction>([told, removed("👍")]).when(import(&greeting())).then_expect_events(vec![]);
    given::<Reaction>([]).when(import(&Message::default())).then_expect_error(Refusal::NotFound);
    given::<Reaction>([]).when(import(&deleted())).then_expect_error(Refusal::MessageDeleted);
}

#[test]
fn what_cannot_be_read_any_more_does_not_stand_there() {
    let mut reaction = Reaction::default();
    let (room_id, message_id, user_id, emoji) = (LOUNGE, GREETING, BOB, erased());
    reaction.evolve(&ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji, imported: None });
    assert_eq!(reaction, Reaction { reactions: 1, ..Reaction::default() });
}
