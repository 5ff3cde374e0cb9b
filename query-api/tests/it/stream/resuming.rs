//! Who comes back is told what they missed as they may see it now, however far the read models are.

use domain::permission::Permission;
use domain::room::{Room, RoomEvent};
use uuid::Uuid;

use super::kinds;
use crate::world::{Person, World};

/// What is taken from Bob while he is away, as the log alone knows.
#[derive(Clone, Copy, Debug)]
enum Taken {
    Nothing,
    Membership,
    History,
    Room,
}

impl Taken {
    async fn happens(self, world: &World, room: Uuid, alice: &Person, bob: &Person) {
        let event = match self {
            Self::Nothing => return,
            Self::Membership => {
                world.is_removed(room, bob).await;
                return;
            }
            Self::History => RoomEvent::RoomPermissionsChanged { permissions: [Permission::SendMessages].into() },
            Self::Room => RoomEvent::RoomClosed,
        };
        world.append::<Room>(&room.to_string(), vec![event], Some(alice.id), Some(room)).await;
    }
}

#[tokio::test]
async fn who_comes_back_is_told_nothing_that_was_taken_from_them_meanwhile() {
    for (taken, expected) in [
        (Taken::Nothing, vec!["message_edited", "message_sent"]),
        (Taken::Membership, vec![]),
        (Taken::History, vec!["reset"]),
        (Taken::Room, vec![]),
    ] {
        let world = World::new().await;
        let (alice, bob) = (world.person("alice").await, world.person("bob").await);
        let room = world.private_room(&alice).await;
        let old = world.sends(room, &alice, "long ago").await;
        let since = world.joins(room, &bob).await;
        world.edits(room, &alice, old, "long, long ago").await;
        world.sends(room, &alice, "since").await;
        world.index_events().await;
        taken.happens(&world, room, &alice, &bob).await;
        world
            .telling(async |telling| {
                let mut at_bob = telling.listens(&bob, Some(since)).await;
                assert_eq!(kinds(&telling.told(&mut at_bob).await), expected, "{taken:?}");
            })
            .await;
        world.end().await;
    }
}
