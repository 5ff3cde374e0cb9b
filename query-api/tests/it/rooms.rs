//! Rooms, their members, and what one may do.

use domain::permission::Permission;
use domain::room::Visibility;
use serde_json::json;

use crate::facts::USUAL;
use crate::world::World;

#[tokio::test]
async fn ones_rooms_come_with_ones_own_part_of_them() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let (quiet, busy) = (world.private_room(&alice).await, world.private_room(&alice).await);
    world.joins(busy, &bob).await;
    world.sends(quiet, &alice, "first").await;
    for text in ["one", "two", "three"] {
        world.sends(busy, &alice, text).await;
    }
    world.sends(busy, &bob, "four").await;

    let rooms = world.get(&bob, "/v1/rooms").await.expect(200);
    assert_eq!(rooms.each("/my/unread_count"), [3]);
    assert_eq!(rooms.each("/last_message/data/text"), ["four"]);
    assert_eq!(rooms.each("/member_count"), [2]);
    let rooms = world.get(&alice, "/v1/rooms").await.expect(200);
    assert_eq!(rooms.each("/id"), [json!(busy), json!(quiet)]);
    assert_eq!(rooms.each("/my/unread_count"), [1, 0]);
    assert_eq!(rooms.items()[0]["my"]["permissions"].as_array().unwrap().len(), Permission::ALL.len());

    let read = rooms.items()[0]["last_message"]["position"].as_i64().unwrap();
    world.reading_row(busy, alice.id, read).await;
    let room = world.get(&alice, &format!("/v1/rooms/{busy}")).await.expect(200).body;
    assert_eq!((&room["my"]["unread_count"], &room["my"]["read_position"]), (&json!(0), &json!(read)));
    assert_eq!(room["last_message"]["seen_count"], 1);
    world.end().await;
}

#[tokio::test]
async fn public_rooms_are_found_by_a_part_of_their_name() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    for name in ["Engine Room", "engineering", "100% fun", "Garden"] {
        let room = world.room(&alice, Visibility::Public, &USUAL).await;
        sqlx::query("update read.room set name = $2 where id = $1")
            .bind(room)
            .bind(name)
            .execute(&world.pool)
            .await
            .unwrap();
    }
    world.private_room(&alice).await;
    let found = async |q: &str| {
        let answer = world.get(&alice, &format!("/v1/rooms/public?q={q}")).await.expect(200);
        answer.each("/name").iter().map(|name| name.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(found("ENGINE").await, ["Engine Room", "engineering"]);
    assert_eq!(found("%25").await, ["100% fun"]);
    assert_eq!(found("_").await, Vec::<String>::new());
    assert_eq!(found("").await.len(), 4);
    world.end().await;
}

#[tokio::test]
async fn members_are_listed_as_they_came_and_their_permissions_explained() {
    let world = World::new().await;
    let (alice, bob, carol) = (world.person("alice").await, world.person("bob").await, world.person("carol").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &carol).await;
    world.joins(room, &bob).await;
    let members = world.get(&bob, &format!("/v1/rooms/{room}/members")).await.expect(200);
    assert_eq!(members.each("/display_name"), ["alice", "carol", "bob"]);
    let muted = world.context.new_id();
    sqlx::query("update read.room set roles = $2 where id = $1")
        .bind(room)
        .bind(json!([{"id": muted, "name": "muted", "rank": 1, "version": 1, "permissions": {"allow": ["react"], "deny": ["send_messages"]}}]))
        .execute(&world.pool)
        .await
        .unwrap();
    sqlx::query("update read.membership set roles = array[$2] where user_id = $1")
        .bind(carol.id)
        .bind(muted)
        .execute(&world.pool)
        .await
        .unwrap();
    let explained =
        world.get(&bob, &format!("/v1/rooms/{room}/members/{}/permissions", carol.id)).await.expect(200).body;
    assert_eq!(explained["effective"], json!(["view_history", "react"]));
    let because = explained["because"].as_array().unwrap();
    assert_eq!(because.len(), Permission::ALL.len());
    assert_eq!(because[0], json!({"permission": "view_history", "held": true, "decided_by": {"kind": "room"}}));
    let denied = json!({"permission": "send_messages", "held": false, "decided_by": {"kind": "role", "role_id": muted, "name": "muted"}});
    assert_eq!(because[1], denied);
    let owner = world.get(&bob, &format!("/v1/rooms/{room}/members/{}/permissions", alice.id)).await.expect(200).body;
    assert_eq!(owner["because"][12]["decided_by"], json!({"kind": "ownership"}));
    world.leaves(room, &carol).await;
    world.get(&bob, &format!("/v1/rooms/{room}/members/{}/permissions", carol.id)).await.expect(404);
    world.end().await;
}
