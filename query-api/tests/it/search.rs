//! Search finds what is shown, and its pages tell of nothing else: whatever the rows hold.

use domain::id::{RoomId, UserId};
use domain::message::{Content, Message, MessageEvent};
use domain::sealed::{KeyName, Sealed};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::answer::Answer;
use crate::world::{Person, World};

/// The read models know of all that was said, in a segment that is looked through.
async fn gathered(world: &World) {
    let open = "insert into read.search_segment (first_position, last_position, messages, weight, sent_from, sent_to) \
        select 1, position, 100, 0, now() - interval '1 day', now() + interval '1 day' from log.head";
    sqlx::raw_sql(open).execute(&world.pool).await.unwrap();
}

/// What is found in pages of one, beside the cursors: before, after.
async fn finds(world: &World, who: &Person, question: &str) -> (Vec<Value>, Answer) {
    let page = world.get(who, &format!("/v1/search?limit=1&q={question}")).await.expect(200);
    (page.each("/message/data/text"), page)
}

/// What a room keeps no longer of somebody's is still to be purged.
async fn expires(world: &World, room: Uuid, who: &Person) {
    let noted = "insert into projection.purge (generation, user_id, position, room_id, since, before) \
        select generation, $1, 1, $2, now() - interval '1 day', now() + interval '1 day' \
        from projection.generation where state = 'serving'";
    sqlx::query(noted).bind(who.id).bind(room).execute(&world.pool).await.unwrap();
}

#[tokio::test]
async fn what_is_hidden_is_not_to_be_guessed_from_pages() {
    let world = World::new().await;
    let (alice, bob, carol) = (world.person("alice").await, world.person("bob").await, world.person("carol").await);
    let room = world.private_room(&alice).await;
    for person in [&bob, &carol] {
        world.joins(room, person).await;
    }
    let first = "first word, neither deleted nor erased nor expired";
    world.sends(room, &alice, first).await;
    let deleted = world.sends(room, &alice, "deleted word").await;
    world.sends(room, &bob, "erased word").await;
    world.sends(room, &carol, "expired word").await;
    world.sends(room, &alice, "last word").await;
    gathered(&world).await;
    for hidden in ["deleted", "erased", "expired"] {
        let (found, page) = finds(&world, &alice, hidden).await;
        assert_eq!((found, page.body["after"].is_string()), (vec![json!(format!("{hidden} word"))], true));
    }

    world.is_deleted(room, &alice, deleted).await;
    world.is_erased(&bob).await;
    expires(&world, room, &carol).await;
    // Words that are hidden are not told from words that nobody said.
    for question in ["deleted", "erased", "expired", "neither"] {
        let (found, page) = finds(&world, &alice, question).await;
        assert_eq!((found, &page.body["after"]), (vec![json!(first)], &json!(null)), "{question}");
    }
    let nothing = json!({"items": [], "before": null, "after": null});
    for question in ["deleted+word+from:bob", &format!("from:{}", bob.id), "in:nowhere", "never"] {
        assert_eq!(finds(&world, &alice, question).await.1.body, nothing, "{question}");
    }
    // Pages are full, and lead from one to the next of what is shown, both ways.
    let (found, newest) = finds(&world, &alice, "word").await;
    assert_eq!((found, &newest.body["before"]), (vec![json!("last word")], &json!(null)));
    let after = newest.body["after"].as_str().unwrap();
    let (found, oldest) = finds(&world, &alice, &format!("word&after={after}")).await;
    assert_eq!((found, &oldest.body["after"]), (vec![json!(first)], &json!(null)));
    let before = oldest.body["before"].as_str().unwrap();
    let (found, back) = finds(&world, &alice, &format!("word&before={before}")).await;
    assert_eq!((found, &back.body["before"]), (vec![json!("last word")], &json!(null)));
    world.end().await;
}

#[tokio::test]
async fn more_than_is_looked_at_at_once_may_be_hidden() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    world.sends(room, &alice, "first word").await;
    for number in 0..20 {
        world.sends(room, &bob, &format!("word {number}")).await;
    }
    // The open segment gives 500 at once.
    let copies = "insert into read.message select gen_random_uuid(), room_id, sender_id, author_id, type, \
            position + 1000 * n, ordinal + 1000 * n, sender_ordinal, status, text, sealed, erased, entities, mentions, reply_to, \
            forwarded_from, files, event, pinned, sent_at, edited_at, worded_version, worded_position, version, told \
        from read.message, generate_series(1, 60) n where sender_id = $1";
    world.sql(copies, bob.id).await;
    let open = "insert into read.search_segment (first_position, last_position, messages, weight, sent_from, sent_to) \
        values (1, 1000000, 1221, 0, now() - interval '1 day', now() + interval '1 day')";
    sqlx::raw_sql(open).execute(&world.pool).await.unwrap();
    assert_eq!(finds(&world, &alice, "word").await.0, ["word 19"]);
    world.is_erased(&bob).await;
    let (found, page) = finds(&world, &alice, "word").await;
    assert_eq!((found, &page.body["after"]), (vec![json!("first word")], &json!(null)));
    world.end().await;
}

/// Until the read models know of an edit, a message is shown and found by its words of before.
#[tokio::test]
async fn what_is_found_is_what_is_shown() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let message = world.sends(room, &alice, "old word").await;
    gathered(&world).await;
    let content = Sealed::new(KeyName::user(UserId(alice.id)), Content::plain("new word"));
    let (room_id, mentions) = (RoomId(room), vec![]);
    let edited = MessageEvent::MessageEdited { room_id, content, mentions, mentions_all: false, imported: None };
    let position = world.append::<Message>(&message.to_string(), vec![edited], Some(alice.id), Some(room)).await;
    assert_eq!(finds(&world, &alice, "old").await.0, ["old word"]);
    assert!(finds(&world, &alice, "new").await.0.is_empty());
    world.wording_row(message, position, "new word").await;
    world.catch_up().await;
    assert!(finds(&world, &alice, "old").await.0.is_empty());
    assert_eq!(finds(&world, &alice, "new").await.0, ["new word"]);
    world.end().await;
}

/// What they forwarded of others' is there, and their name is not.
#[tokio::test]
async fn who_is_erased_is_found_by_no_name() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    let forwarded = world.sends(room, &bob, "word of alice").await;
    let author = format!("update read.message set author_id = '{}' where id = $1", alice.id);
    world.sql(&author, forwarded).await;
    gathered(&world).await;
    for erased in [false, true] {
        let by_name = if erased { vec![] } else { vec![json!("word of alice")] };
        assert_eq!(finds(&world, &alice, "from:bob").await.0, by_name);
        assert_eq!(finds(&world, &alice, &format!("from:{}", bob.id)).await.0, ["word of alice"]);
        if !erased {
            world.is_erased(&bob).await;
        }
    }
    world.end().await;
}
