//! Who is told what, where the log holds more than the read models.

use domain::id::{InviteCode, RoomId, UserId};
use domain::invite::{Invite, InviteEvent};
use domain::membership::{Membership, MembershipEvent};
use domain::permission::Permission;
use domain::room::{Room, RoomEvent, Visibility};
use uuid::Uuid;

use super::kinds;
use crate::world::{Person, World};

/// Alice makes an invite, and bans somebody whom nobody knows; where in the log the second is.
async fn invites_and_bans(world: &World, room: Uuid, alice: &Person) -> i64 {
    let (room_id, by, code) = (RoomId(room), UserId(alice.id), InviteCode(world.context.new_id()));
    let created = InviteEvent::InviteCreated { room_id, created_by: by, max_uses: None, expires_at: None };
    let position = world.append::<Invite>(&code.to_string(), vec![created], Some(alice.id), Some(room)).await;
    world.invite_row(code.0, room, alice.id, position).await;
    let user_id = UserId(world.context.new_id());
    let banned = MembershipEvent::MembershipBanned { room_id, user_id, by, reason: None, until: None };
    let id = Membership::stream(room_id, user_id);
    world.append::<Membership>(&id, vec![banned], Some(alice.id), Some(room)).await
}

#[tokio::test]
async fn who_lost_the_right_is_told_of_no_invites_and_bans_by_read_models_that_do_not_know() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let all = [Permission::ViewHistory, Permission::InviteMembers, Permission::BanMembers];
    let room = world.room(&alice, Visibility::Private, &all).await;
    world.joins(room, &bob).await;
    world
        .telling(async |telling| {
            let mut at_bob = telling.listens(&bob, None).await;
            let position = invites_and_bans(&world, room, &alice).await;
            world.come_to(position).await;
            telling.hears_of(position).await;
            assert_eq!(kinds(&telling.told(&mut at_bob).await), ["invite_created", "membership_banned"]);

            let position = invites_and_bans(&world, room, &alice).await;
            let taken = RoomEvent::RoomPermissionsChanged { permissions: [Permission::ViewHistory].into() };
            world.append::<Room>(&room.to_string(), vec![taken], Some(alice.id), Some(room)).await;
            world.come_to(position).await;
            telling.hears_of(position).await;
            assert_eq!(kinds(&telling.told(&mut at_bob).await), ["reset"; 2]);
        })
        .await;
    world.end().await;
}
