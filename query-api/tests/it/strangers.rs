//! What strangers and former members learn: nothing.

use domain::room::Visibility;

use crate::facts::USUAL;
use crate::world::World;

/// Addresses below a room.
fn below(room: uuid::Uuid, message: uuid::Uuid, member: uuid::Uuid) -> [String; 7] {
    ["", "/members", "/messages", "/messages/M", "/messages/M/versions", "/messages/M/seen", "/members/U/permissions"]
        .map(|path| path.replace('M', &message.to_string()).replace('U', &member.to_string()))
        .map(|path| format!("/v1/rooms/{room}{path}"))
}

#[tokio::test]
async fn a_room_that_is_there_is_answered_as_one_that_is_not() {
    let world = World::new().await;
    let (alice, bob, carol) = (world.person("alice").await, world.person("bob").await, world.person("carol").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &carol).await;
    let message = world.sends(room, &alice, "hello").await;
    world.leaves(room, &carol).await;
    let nowhere = below(world.context.new_id(), message, alice.id);
    for (there, not_there) in below(room, message, alice.id).iter().zip(&nowhere) {
        world.get(&alice, there).await.expect(200);
        let not_there = world.get(&bob, not_there).await.expect_problem(404, "not-found");
        for stranger in [&bob, &carol] {
            let answer = world.get(stranger, there).await.expect_problem(404, "not-found");
            assert_eq!(answer.without_request_id(), not_there.without_request_id());
            let names = |answer: &crate::answer::Answer| {
                let mut names: Vec<_> = answer.headers.keys().cloned().collect();
                names.sort_by(|one, other| one.as_str().cmp(other.as_str()));
                names
            };
            assert_eq!(names(&answer), names(&not_there));
        }
    }
    assert!(world.get(&carol, "/v1/rooms").await.expect(200).items().is_empty());
    world.end().await;
}

#[tokio::test]
async fn a_public_room_is_seen_but_not_what_is_said_in_it() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.room(&alice, Visibility::Public, &USUAL).await;
    let message = world.sends(room, &alice, "secret plans").await;
    for path in below(room, message, alice.id).iter().skip(1) {
        world.get(&bob, path).await.expect_problem(403, "not-a-member");
    }
    let seen = world.get(&bob, &format!("/v1/rooms/{room}")).await.expect(200);
    assert!(seen.body["my"].is_null() && seen.body["last_message"].is_null());
    let listed = world.get(&bob, "/v1/rooms/public").await.expect(200);
    assert_eq!(listed.items().len(), 1);
    assert!(!listed.text.contains("secret plans"));
    world.end().await;
}

#[tokio::test]
async fn a_message_of_another_room_is_not_there() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let (hers, his) = (world.private_room(&alice).await, world.private_room(&bob).await);
    let message = world.sends(hers, &alice, "hello").await;
    for below in ["", "/versions", "/seen"] {
        world.get(&bob, &format!("/v1/rooms/{his}/messages/{message}{below}")).await.expect_problem(404, "not-found");
    }
    world.get(&bob, &format!("/v1/rooms/{his}/messages?around={message}")).await.expect_problem(404, "not-found");
    world.end().await;
}

#[tokio::test]
async fn without_view_history_nothing_from_before_ones_joining_is_seen() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.room(&alice, Visibility::Private, &USUAL[1..]).await;
    let before = world.sends(room, &alice, "before").await;
    world.joins(room, &bob).await;
    assert!(world.get(&bob, &format!("/v1/rooms/{room}")).await.expect(200).body["last_message"].is_null());
    let after = world.sends(room, &alice, "after").await;
    let page = world.get(&bob, &format!("/v1/rooms/{room}/messages")).await.expect(200);
    assert_eq!(page.each("/data/text"), ["after"]);
    assert!(page.body["before"].is_null());
    for below in ["", "/versions", "/seen"] {
        world.get(&bob, &format!("/v1/rooms/{room}/messages/{before}{below}")).await.expect(404);
        world.get(&bob, &format!("/v1/rooms/{room}/messages/{after}{below}")).await.expect(200);
    }
    world.get(&bob, &format!("/v1/rooms/{room}/messages?around={before}")).await.expect(404);
    // The owner sees everything.
    assert_eq!(world.get(&alice, &format!("/v1/rooms/{room}/messages")).await.expect(200).items().len(), 2);
    world.end().await;
}
