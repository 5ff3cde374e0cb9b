//! Pages, one after the other, are the whole, both ways, while more comes.

use serde_json::json;

use crate::answer::Answer;
use crate::world::World;

#[tokio::test]
async fn messages_page_back_to_the_first_and_forth_to_the_newest_while_more_arrive() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let room = world.private_room(&alice).await;
    let mut sent = vec![];
    for number in 0..23 {
        sent.push(json!(world.sends(room, &alice, &number.to_string()).await));
    }
    let path = format!("/v1/rooms/{room}/messages?limit=5");
    let newest = world.get(&alice, &path).await.expect(200);
    assert_eq!(newest.each("/id"), sent[18..]);
    assert!(newest.body["after"].is_null());

    let mut seen = newest.each("/id");
    let mut before = newest.body["before"].as_str().map(str::to_owned);
    let mut oldest = newest;
    while let Some(cursor) = before {
        sent.push(json!(world.sends(room, &alice, "meanwhile").await));
        oldest = world.get(&alice, &format!("{path}&before={cursor}")).await.expect(200);
        seen.splice(0..0, oldest.each("/id"));
        before = oldest.body["before"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, sent[..23]);

    let mut after = oldest.body["after"].as_str().map(str::to_owned);
    seen = oldest.each("/id");
    while let Some(cursor) = after {
        if sent.len() < 35 {
            sent.push(json!(world.sends(room, &alice, "meanwhile").await));
        }
        let page = world.get(&alice, &format!("{path}&after={cursor}")).await.expect(200);
        seen.extend(page.each("/id"));
        after = page.body["after"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, sent);
    world.end().await;
}

#[tokio::test]
async fn rooms_members_and_sessions_page_to_their_ends_and_back() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let mut rooms = vec![];
    for _ in 0..5 {
        rooms.push(json!(world.private_room(&alice).await));
    }
    let room = rooms[2].as_str().unwrap().to_owned();
    rooms.reverse();
    let mut members = vec![json!(alice.id)];
    for name in ["bob", "carol", "dave", "erin"] {
        let person = world.person(name).await;
        world.joins(room.parse().unwrap(), &person).await;
        members.push(json!(person.id));
    }
    let mut sessions = vec![json!(alice.token.session)];
    for _ in 0..4 {
        sessions.push(json!(world.signs_in(alice.id).await.session));
    }
    world.catch_up().await;
    sessions.reverse();
    let members_path = format!("/v1/rooms/{room}/members?limit=2");
    for (path, field, expected) in [
        ("/v1/rooms?limit=2", "id", rooms),
        (&*members_path, "user_id", members),
        ("/v1/sessions?limit=2", "id", sessions),
    ] {
        let ids = |page: &Answer| page.each(&format!("/{field}"));
        let next = async |page: &Answer, direction: &str| {
            let cursor = page.body[direction].as_str().unwrap();
            world.get(&alice, &format!("{path}&{direction}={cursor}")).await.expect(200)
        };
        let first = world.get(&alice, path).await.expect(200);
        let second = next(&first, "after").await;
        let third = next(&second, "after").await;
        assert_eq!([ids(&first), ids(&second), ids(&third)].concat(), expected, "{path}");
        assert!(first.body["before"].is_null() && third.body["after"].is_null(), "{path}");

        let middle = next(&third, "before").await;
        let start = next(&middle, "before").await;
        assert_eq!([ids(&start), ids(&middle), ids(&third)].concat(), expected, "{path}");
        assert!(start.body["before"].is_null(), "{path}");
    }
    world.end().await;
}

#[tokio::test]
async fn what_is_no_cursor_or_no_limit_is_refused() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    for query in ["limit=0", "limit=201", "limit=x", "after=x", "before=eyJhIjoxfQ", "after=AQ&before=AQ", "offset=3"] {
        world.get(&alice, &format!("/v1/rooms?{query}")).await.expect_problem(400, "invalid-query");
    }
    world.end().await;
}
