//! What is said in passing, where the log holds more than was handed out, or than the read models.

use domain::id::UserId;
use domain::permission::Permission;
use domain::room::{Room, RoomEvent};
use domain::user::{User, UserEvent};
use serde_json::json;

use super::kinds;
use crate::world::World;

#[tokio::test]
async fn who_went_or_blocks_somebody_does_not_hear_them_writing_however_far_the_hub_is() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let (carol, dave) = (world.person("carol").await, world.person("dave").await);
    let room = world.private_room(&alice).await;
    for person in [&bob, &carol, &dave] {
        world.joins(room, person).await;
    }
    world
        .telling(async |telling| {
            let (mut at_alice, mut at_bob) = (telling.listens(&alice, None).await, telling.listens(&bob, None).await);
            let (mut at_carol, mut at_dave) = (telling.listens(&carol, None).await, telling.listens(&dave, None).await);
            world.is_removed(room, &bob).await;
            let blocked = UserEvent::UserBlocked { other: UserId(alice.id) };
            world.append::<User>(&dave.id.to_string(), vec![blocked], Some(dave.id), None).await;
            at_alice.says(json!({"type": "typing", "room_id": room})).await;
            let elsewhere = json!({"from": room, "typing": {"room_id": room, "user_id": alice.id}});
            telling.hub.overhears(elsewhere.to_string().as_bytes());
            assert_eq!(kinds(&telling.told(&mut at_carol).await), ["typing"; 2]);
            for listener in [&mut at_bob, &mut at_dave] {
                assert_eq!(kinds(&telling.told(listener).await), [""; 0]);
            }

            let silenced = RoomEvent::RoomPermissionsChanged { permissions: [Permission::ViewHistory].into() };
            world.append::<Room>(&room.to_string(), vec![silenced], Some(alice.id), Some(room)).await;
            at_carol.says(json!({"type": "typing", "room_id": room})).await;
            assert_eq!(kinds(&telling.told(&mut at_alice).await), [""; 0]);
        })
        .await;
    world.end().await;
}

#[tokio::test]
async fn nobody_is_told_who_is_there_while_it_is_not_sure_that_they_may_be() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let room = world.private_room(&alice).await;
    world.joins(room, &bob).await;
    world
        .telling(async |telling| {
            let mut at_bob = telling.listens(&bob, None).await;
            at_bob.says(json!({"type": "watch", "user_ids": [alice.id]})).await;
            assert_eq!(telling.told(&mut at_bob).await[0]["data"]["state"], "offline");

            let blocked = UserEvent::UserBlocked { other: UserId(alice.id) };
            let blocked = world.append::<User>(&bob.id.to_string(), vec![blocked], Some(bob.id), None).await;
            let mut at_alice = telling.listens(&alice, None).await;
            assert_eq!(kinds(&telling.told(&mut at_bob).await), [""; 0]);
            // They share a group: once that is sure, it is told.
            world.come_to(blocked).await;
            assert_eq!(telling.told(&mut at_bob).await[0]["data"]["state"], "online");

            let removed = world.is_removed(room, &bob).await;
            at_alice.says(json!({"type": "presence", "state": "away"})).await;
            assert_eq!(kinds(&telling.told(&mut at_bob).await), [""; 0]);
            world.membership_row(room, bob.id, false).await;
            world.come_to(removed).await;
            assert_eq!(kinds(&telling.told(&mut at_bob).await), [""; 0]);
        })
        .await;
    world.end().await;
}
