//! One message: its wordings, its readers, its place.

use domain::permission::Permission;
use domain::room::{RoomType, Visibility};
use serde_json::json;

use crate::facts::USUAL;
use crate::world::World;

#[tokio::test]
async fn every_wording_is_listed_until_the_message_is_deleted() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let message = world.sends(room, &alice, "one").await;
    world.edits(room, &alice, message, "two").await;
    world.edits(room, &alice, message, "three").await;
    let path = format!("/v1/rooms/{room}/messages/{message}");
    let versions = world.get(&alice, &format!("{path}/versions")).await.expect(200);
    assert_eq!(versions.each("/text"), ["one", "two", "three"]);
    assert_eq!(versions.each("/version"), [1, 2, 3]);
    let last = world.get(&alice, &format!("{path}/versions?limit=2")).await.expect(200);
    assert_eq!(last.each("/text"), ["one", "two"]);
    let after = last.body["after"].as_str().unwrap();
    let next = world.get(&alice, &format!("{path}/versions?limit=2&after={after}")).await.expect(200);
    assert_eq!(next.each("/text"), ["three"]);
    let before = next.body["before"].as_str().unwrap();
    let back = world.get(&alice, &format!("{path}/versions?limit=1&before={before}")).await.expect(200);
    assert_eq!(back.each("/text"), ["two"]);

    let shown = world.get(&alice, &path).await.expect(200);
    assert_eq!((&shown.body["status"], shown.header("etag")), (&json!("edited"), Some("\"v3\"")));
    world.is_deleted(room, &alice, message).await;
    world.sql("update read.message set status = 'deleted', text = null, version = 4 where id = $1", message).await;
    world.catch_up().await;
    assert!(world.get(&alice, &format!("{path}/versions")).await.expect(200).items().is_empty());
    let listed = world.get(&alice, &format!("/v1/rooms/{room}/messages")).await.expect(200);
    assert_eq!(listed.each("/data"), [json!({})]);
    assert_eq!(listed.each("/status"), ["deleted"]);
    world.end().await;
}

#[tokio::test]
async fn a_secret_room_has_no_list_of_wordings() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.room_of_type(RoomType::Secret, &alice, Visibility::Private, &USUAL).await;
    let message = world.sends(room, &alice, "one").await;
    world.get(&alice, &format!("/v1/rooms/{room}/messages/{message}")).await.expect(200);
    world.get(&alice, &format!("/v1/rooms/{room}/messages/{message}/versions")).await.expect_problem(404, "not-found");
    world.end().await;
}

#[tokio::test]
async fn those_who_have_read_a_message_are_listed_without_its_sender() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let early = world.sends(room, &alice, "early").await;
    let first = world.head().await;
    let late = world.sends(room, &alice, "late").await;
    let second = world.head().await;
    world.reading_row(room, alice.id, second).await;
    for (name, position) in [("bob", first), ("carol", second), ("dave", first - 1), ("erin", first)] {
        let person = world.person(name).await;
        world.joins(room, &person).await;
        world.reading_row(room, person.id, position).await;
    }
    let path = format!("/v1/rooms/{room}/messages/{early}/seen");
    let seen = world.get(&alice, &path).await.expect(200);
    let mut names = seen.each("/display_name");
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["bob", "carol", "erin"]);
    assert_eq!(seen.each("/read_position"), [first, first, second]);
    let one = world.get(&alice, &format!("{path}?limit=1")).await.expect(200);
    let after = one.body["after"].as_str().unwrap();
    let rest = world.get(&alice, &format!("{path}?limit=2&after={after}")).await.expect(200);
    assert_eq!([one.items(), rest.items()].concat(), seen.items());
    let last = world.get(&alice, &format!("/v1/rooms/{room}/messages/{late}")).await.expect(200);
    assert_eq!(last.body["seen_count"], 1);
    world.end().await;
}

#[tokio::test]
async fn those_who_have_read_a_message_are_counted_up_to_a_hundred() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let message = world.sends(room, &alice, "hello").await;
    let position = world.head().await;
    // How far its sender has read is told of nobody's message.
    world.reading_row(room, alice.id, position).await;
    let mut read = 0;
    for (readers, told) in [(99, 99), (100, 100), (101, 100)] {
        for _ in read..readers {
            world.reading_row(room, world.context.new_id(), position).await;
        }
        read = readers;
        for path in ["messages".to_owned(), format!("messages/{message}")] {
            let shown = world.get(&alice, &format!("/v1/rooms/{room}/{path}")).await.expect(200).body;
            let one = if path == "messages" { &shown["items"][0] } else { &shown };
            assert_eq!(one["seen_count"], told, "read by {readers}: {path}");
        }
    }
    world.end().await;
}

#[tokio::test]
async fn reactions_are_shown_by_how_many_chose_them_with_one_s_own() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    let message = world.sends(room, &alice, "hello").await;
    for (person, emoji) in [(&bob, "a"), (&alice, "z"), (&bob, "z")] {
        world.reaction_row(message, person.id, emoji).await;
    }
    let path = format!("/v1/rooms/{room}/messages/{message}");
    let reaction = |emoji, count, mine| json!({"emoji": emoji, "count": count, "mine": mine});
    let seen = world.get(&alice, &path).await.expect(200);
    assert_eq!(seen.body["reactions"], json!([reaction("z", 2, true), reaction("a", 1, false)]));
    let seen = world.get(&bob, &path).await.expect(200);
    assert_eq!(seen.body["reactions"], json!([reaction("z", 2, true), reaction("a", 1, true)]));

    for number in 10..70 {
        world.reaction_row(message, bob.id, &number.to_string()).await;
    }
    let seen = world.get(&alice, &path).await.expect(200);
    let first = seen.body["reactions"].as_array().unwrap();
    assert_eq!((first.len(), &first[0]["emoji"], &first[49]["emoji"]), (50, &json!("z"), &json!("58")));
    world.is_deleted(room, &alice, message).await;
    assert_eq!(world.get(&alice, &path).await.expect(200).body["reactions"], json!([]), "at once");
    world.end().await;
}

#[tokio::test]
async fn one_s_own_reactions_are_shown_however_many_others_there_are() {
    let world = World::new().await;
    let (alice, bob, carol) = (world.person("alice").await, world.person("bob").await, world.person("carol").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    let message = world.sends(room, &alice, "hello").await;
    for number in 10..60 {
        for person in [&alice, &carol] {
            world.reaction_row(message, person.id, &number.to_string()).await;
        }
    }
    world.reaction_row(message, bob.id, "a").await;
    let by_two = |number: i32, mine: bool| json!({"emoji": number.to_string(), "count": 2, "mine": mine});
    let most: Vec<_> = (10..60).map(|number| by_two(number, true)).collect();
    let mut with_own: Vec<_> = (10..59).map(|number| by_two(number, false)).collect();
    with_own.push(json!({"emoji": "a", "count": 1, "mine": true}));
    for (viewer, shown) in [(&alice, &most), (&bob, &with_own)] {
        let seen = world.get(viewer, &format!("/v1/rooms/{room}/messages/{message}")).await.expect(200);
        assert_eq!(seen.body["reactions"], json!(shown));
        let page = world.get(viewer, &format!("/v1/rooms/{room}/messages")).await.expect(200);
        assert_eq!(page.each("/reactions"), [json!(shown)]);
    }
    world.end().await;
}

/// Of a secret room they are in the log alone.
#[tokio::test]
async fn whoever_reacts_often_hides_nothing_of_the_other() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.room_of_type(RoomType::Secret, &alice, Visibility::Private, &USUAL).await;
    world.joins(room, &bob).await;
    for (often, once) in [(&alice, &bob), (&bob, &alice)] {
        let message = world.sends(room, &alice, "pssst").await;
        world.reacts(room, once, message, "a", 0).await;
        // More often than one may by now.
        world.reacts(room, often, message, "z", 600).await;
        for (viewer, a_is_mine) in [(once, true), (often, false)] {
            let seen = world.get(viewer, &format!("/v1/rooms/{room}/messages/{message}")).await.expect(200);
            let both = json!([
                {"emoji": "a", "count": 1, "mine": a_is_mine},
                {"emoji": "z", "count": 1, "mine": !a_is_mine},
            ]);
            assert_eq!(seen.body["reactions"], both);
        }
    }
    world.end().await;
}

#[tokio::test]
async fn what_somebody_chose_counts_nothing_from_the_moment_when_they_are_erased() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    let message = world.sends(room, &alice, "hello").await;
    for (person, emoji) in [(&alice, "a"), (&bob, "a"), (&bob, "b")] {
        world.reaction_row(message, person.id, emoji).await;
    }
    world.is_to_be_purged(bob.id).await;
    let seen = world.get(&alice, &format!("/v1/rooms/{room}/messages/{message}")).await.expect(200);
    assert_eq!(seen.body["reactions"], json!([{"emoji": "a", "count": 1, "mine": true}]));
    world.end().await;
}

/// However far they are behind.
#[tokio::test]
async fn what_somebody_chose_counts_nothing_before_read_models_know_that_they_are_erased() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let (carol, dave) = (world.person("carol").await, world.person("dave").await);
    let room = world.private_room(&alice).await;
    let message = world.sends(room, &alice, "hello").await;
    for (person, emoji) in [(&alice, "a"), (&bob, "a"), (&bob, "b"), (&carol, "c"), (&dave, "c")] {
        world.reaction_row(message, person.id, emoji).await;
    }
    let reaction = |emoji, count, mine| json!({"emoji": emoji, "count": count, "mine": mine});
    let path = format!("/v1/rooms/{room}/messages/{message}");
    world.is_erased(&bob).await;
    let seen = world.get(&alice, &path).await.expect(200);
    assert_eq!(seen.body["reactions"], json!([reaction("c", 2, false), reaction("a", 1, true)]));
    world.is_erased(&carol).await;
    for _ in 0..3 {
        world.is_removed(world.context.new_id(), &dave).await;
    }
    let seen = world.get(&alice, &path).await.expect(200);
    assert_eq!(seen.body["reactions"], json!([reaction("a", 1, true), reaction("c", 1, false)]));
    world.end().await;
}

#[tokio::test]
async fn pinned_messages_are_listed_in_pages_of_their_own() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.room(&alice, Visibility::Private, &[Permission::SendMessages]).await;
    let mut ids = vec![];
    for text in ["0", "1", "2", "3", "4"] {
        ids.push(world.sends(room, &alice, text).await);
    }
    for number in [0, 2, 3] {
        world.sql("update read.message set pinned = true where id = $1", ids[number]).await;
    }
    let path = format!("/v1/rooms/{room}/messages?pinned=true");
    let all = world.get(&alice, &path).await.expect(200);
    assert_eq!(
        (all.each("/data/text"), all.each("/pinned")),
        (vec![json!("0"), json!("2"), json!("3")], vec![json!(true); 3])
    );
    let last = world.get(&alice, &format!("{path}&limit=2")).await.expect(200);
    assert_eq!(last.each("/data/text"), ["2", "3"]);
    let before = last.body["before"].as_str().unwrap();
    let first = world.get(&alice, &format!("{path}&limit=2&before={before}")).await.expect(200);
    assert_eq!(first.each("/data/text"), ["0"]);
    let after = first.body["after"].as_str().unwrap();
    let rest = world.get(&alice, &format!("{path}&limit=2&after={after}")).await.expect(200);
    assert_eq!(rest.each("/data/text"), ["2", "3"]);
    let both = world.get(&alice, &format!("{path}&around={}", ids[0])).await;
    both.expect_problem(400, "invalid-query");
    let unpinned = world.get(&alice, &format!("/v1/rooms/{room}/messages?pinned=false")).await.expect(200);
    assert_eq!(unpinned.items().len(), 5, "false is as if it were not asked");

    world.joins(room, &bob).await;
    assert!(world.get(&bob, &path).await.expect(200).items().is_empty(), "without view_history");
    world.end().await;
}

#[tokio::test]
async fn a_page_around_a_message_has_it_in_its_middle() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let mut ids = vec![];
    for text in ["0", "1", "2", "3", "4", "5", "6"] {
        ids.push(world.sends(room, &alice, text).await);
    }
    let around = async |index: usize, limit: u16| {
        let path = format!("/v1/rooms/{room}/messages?around={}&limit={limit}", ids[index]);
        let page = world.get(&alice, &path).await.expect(200);
        let texts = page.each("/data/text").iter().map(|text| text.as_str().unwrap().to_owned()).collect::<String>();
        (texts, page.body["before"].is_string(), page.body["after"].is_string())
    };
    assert_eq!(around(3, 3).await, ("234".to_owned(), true, true));
    assert_eq!(around(3, 4).await, ("1234".to_owned(), true, true));
    assert_eq!(around(3, 1).await, ("3".to_owned(), true, true));
    assert_eq!(around(0, 3).await, ("01".to_owned(), false, true));
    assert_eq!(around(6, 200).await, ("0123456".to_owned(), false, false));
    world.end().await;
}
