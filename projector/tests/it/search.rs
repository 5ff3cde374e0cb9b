//! What messages are found by.

use concordance::{Keys, Places, Whose, asks, bucket, fold, segment};
use sqlx::Row;

use crate::facts::*;
use crate::projecting::{World, brisk, reached};
use projector::Pace;

/// Worlds whose segments hold so many messages.
async fn world(segment: i64) -> World {
    World::with_pace(Pace { segment, ..brisk() }).await
}

/// The positions of messages in sealed segments that the index names for a word.
async fn named(world: &World, term: &str) -> Vec<i64> {
    let folded = fold(term);
    let mut named = vec![];
    let pool = &world.database.owner;
    let sealed = "select first_position, messages, positions from read.search_segment where positions is not null \
        order by first_position";
    for row in sqlx::query(sealed).fetch_all(pool).await.unwrap() {
        let (first, messages, positions): (i64, i64, Vec<u8>) = (row.get(0), row.get(1), row.get(2));
        let mut places = Places::below(usize::try_from(messages).unwrap());
        for gram in asks(&folded, 99) {
            let grams = sqlx::query_scalar::<_, Vec<u8>>(
                "select grams from read.search_bucket where bucket = $1 and segment = $2",
            );
            let grams = grams.bind(i64::from(bucket::of(gram))).bind(first).fetch_optional(pool).await.unwrap();
            places.keep(&bucket::find(&grams.unwrap_or_default(), gram).unwrap().unwrap_or_default());
        }
        let positions = segment::read_positions(first, &positions).unwrap();
        named.extend(places.iter().map(|number| positions[number]));
    }
    named
}

#[tokio::test]
async fn a_full_segment_is_sealed_and_names_messages_by_their_words() {
    let mut world = world(3).await;
    world.log.append([room_created(1, 1, "general"), room_created(2, 1, "other")]).await;
    world.log.append([sent(1, 1, 1, "Crème brûlée"), sent(2, 2, 2, "漢字かな"), sent(3, 1, 1, "creme!")]).await;
    world.log.append([sent(4, 1, 1, "brulee")]).await;
    world.settle().await;
    assert_eq!(named(&world, "CREME").await, [3, 5]);
    assert_eq!(named(&world, "字").await, [4]);
    assert_eq!(named(&world, "brulee").await, [3], "the open segment has no index yet");
    assert!(named(&world, "nothing").await.is_empty());

    let segments = sqlx::query(
        "select first_position, last_position, messages, rooms, senders, sent_from::text, sent_to::text \
         from read.search_segment order by first_position",
    );
    let segments = segments.fetch_all(&world.database.owner).await.unwrap();
    let bounds: Vec<(i64, i64, i64)> = segments.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(bounds, [(3, 5, 3), (6, 6, 1)]);
    let (rooms, senders): (Vec<u8>, Vec<u8>) = (segments[0].get(3), segments[0].get(4));
    let (room, sender) = (Keys::from_iter([room_id(1).0.as_u128()]), Keys::from_iter([user_id(2).0.as_u128()]));
    let (mut in_room, mut by_sender) = (Places::below(3), Places::below(3));
    Whose::keep(&rooms, &mut in_room, &room).unwrap();
    Whose::keep(&senders, &mut by_sender, &sender).unwrap();
    assert_eq!((in_room, by_sender), (Places::from_iter([0, 2]), Places::from_iter([1])));
    assert_eq!(segments[0].get::<&str, _>(5), "2026-01-01 00:00:03+00");
    assert_eq!(segments[0].get::<&str, _>(6), "2026-01-01 00:00:05+00");
    assert!(segments[1].get::<Option<Vec<u8>>, _>(3).is_none());
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn what_is_edited_or_deleted_is_found_by_its_words_no_longer() {
    let mut world = world(2).await;
    world.log.append([room_created(1, 1, "general")]).await;
    world.log.append([sent(1, 1, 1, "apples"), sent(2, 1, 1, "pears"), sent(3, 1, 1, "plums")]).await;
    world.settle().await;
    assert_eq!(named(&world, "apples").await, [2]);
    world.log.append([edited(1, 1, 1, "apes"), edited(1, 1, 1, "grapes"), deleted(2, 1, 1)]).await;
    world.log.append([edited(3, 1, 1, "prunes"), deleted(3, 1, 1), edited(2, 1, 1, "never said")]).await;
    world.settle().await;
    assert!(named(&world, "apples").await.is_empty());
    assert_eq!(named(&world, "grapes").await, [2]);
    assert!(named(&world, "pears").await.is_empty());
    // Nothing is left of what was said before: the bytes are those of a segment made anew.
    let left: i64 = sqlx::query_scalar(
        "select count(*) from read.search_bucket where position('pea' in encode(grams, 'escape')) > 0",
    )
    .fetch_one(&world.database.owner)
    .await
    .unwrap();
    assert_eq!(left, 0);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn secret_rooms_are_not_searched() {
    let mut world = world(2).await;
    world.log.append([whispered(1, 1, 1, "hush"), whispered(2, 1, 1, "hush"), deleted(2, 1, 1)]).await;
    world.settle().await;
    let rows = world.rows().await;
    for table in ["search_segment", "search_bucket"] {
        assert!(rows[table].is_empty(), "{table}: {:?}", rows[table]);
    }
    assert_eq!(rows["message"].len(), 2);
    world.database.drop().await;
}

/// Where everything is in one batch, where each event is one, and where a segment is open while its words change.
#[tokio::test]
async fn whatever_is_reworded_when_a_segment_holds_the_last_words() {
    let mut world = world(3).await;
    world.log.append([room_created(1, 1, "general"), sent(1, 1, 1, "apples"), edited(1, 1, 1, "grapes")]).await;
    world.log.append([whispered(2, 2, 1, "hush"), sent(3, 1, 1, "pears"), deleted(3, 1, 1)]).await;
    let running = world.run();
    reached(&world.projector, world.log.position).await;
    for entry in [edited(1, 1, 1, "plums"), edited(1, 1, 1, "prunes"), sent(4, 1, 1, "dates"), sent(5, 1, 1, "kiwis")] {
        world.log.append([entry]).await;
        reached(&world.projector, world.log.position).await;
    }
    running.stop().await;
    assert_eq!(named(&world, "prunes").await, [2]);
    assert_eq!(named(&world, "dates").await, [9]);
    for gone in ["apples", "grapes", "plums", "pears", "hush"] {
        assert!(named(&world, gone).await.is_empty(), "{gone}");
    }
    for page in [1, 2, 100] {
        let replayer = world.another_projector(Pace { segment: 3, page, ..brisk() });
        assert_eq!(replayer.verify(&mut |_| {}).await.unwrap().difference, None, "in pages of {page}");
    }
    world.database.drop().await;
}

#[tokio::test]
async fn long_texts_fill_a_segment_before_it_has_all_its_messages() {
    let mut world = world(2_048).await;
    world.log.append([room_created(1, 1, "general")]).await;
    let long = |message: u32| sent(message, 1, 1, &format!("{message} {}", "x".repeat(1 << 18)));
    world.log.append([long(1), long(2), long(3), long(4), long(5)]).await;
    world.settle().await;
    let segments: Vec<i64> = sqlx::query_scalar("select messages from read.search_segment order by first_position")
        .fetch_all(&world.database.owner)
        .await
        .unwrap();
    assert_eq!(segments, [4, 1]);
    assert_eq!(named(&world, "4").await, [5]);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
