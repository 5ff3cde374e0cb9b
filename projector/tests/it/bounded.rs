//! What an event does to rows in a room of many: it neither writes nor takes away one for each member or message.

use std::collections::BTreeSet;

use domain::call::{Departure, Outcome};
use domain::file::Grantee;
use domain::membership::MembershipEvent;
use domain::permission::{Permission, PermissionSet};
use domain::retention::Period;
use domain::room::{RoomEvent, Visibility};

use crate::facts::files::{file_deleted, file_ended, file_forwarded, granted, revoked, uploaded};
use crate::facts::*;
use crate::projecting::World;

/// Members of the room, messages in it, and reactions to one of them: more than any event below may touch rows.
const MANY: u32 = 300;

#[tokio::test]
async fn the_rows_an_event_touches_do_not_grow_with_members_or_messages() {
    let mut world = World::new().await;
    world.log.append((1..=MANY).map(|user| registered(user, &format!("person {user}")))).await;
    world.log.append([room_created(1, 1, "general")]).await;
    world.log.append((1..=MANY).map(|user| joined(1, user))).await;
    world.log.append((1..=MANY).map(|message| sent(message, 1, 1 + message % 7, "hello"))).await;
    world.log.append((1..=MANY).map(|user| reacted(1, user, "👍"))).await;
    world.settle().await;
    let mut before = all(&world).await;
    let events = [of_messages(), of_members(), of_the_room(), of_invites_and_calls(), of_files(), of_endings()];
    for (event, most) in events.concat() {
        let told = event.payload["type"].clone();
        world.log.append([event]).await;
        world.settle().await;
        let after = all(&world).await;
        // A row that changed is one of both.
        let (written, gone) = (after.difference(&before).count(), before.difference(&after).count());
        assert!((2..=most).contains(&written), "{told}: {written} rows are written");
        assert!(gone <= most, "{told}: {gone} rows are gone");
        before = after;
    }
    world.database.drop().await;
}

/// The rows of all tables, each with its table.
async fn all(world: &World) -> BTreeSet<(String, String)> {
    let tables = world.rows().await.into_iter();
    tables.flat_map(|(table, rows)| rows.into_iter().map(move |row| (table.clone(), row))).collect()
}

/// Events, and how many rows each may write and take away at most. A text that is found is in a row for each of its parts.
type Bounded = Vec<(Entry, usize)>;

fn of_messages() -> Bounded {
    vec![
        (sent(301, 1, 1, "hello"), 6),
        (sent_to(302, 1, 1, "@all", &[], true), 90),
        (sent_to(303, 1, 1, "@2 @3", &[2, 3], false), 40),
        (deleted(302, 1, 1), 30),
        (edited(1, 1, 1, "hi"), 20),
        (pinned(1, 1, 1), 3),
        (unpinned(1, 1, 1), 3),
        (whispered(304, 1, 1, "hush"), 3),
        (reacted(1, 1, "🦀"), 3),
        (unreacted(1, 2, "👍"), 3),
        (read_up_to(1, 2, 700), 4),
    ]
}

fn of_members() -> Bounded {
    let by = user_id(1);
    let assigned = membership_changed(1, 2, |room_id, user_id| MembershipEvent::MembershipRolesAssigned {
        room_id,
        user_id,
        by,
        roles: [role_id(1)].into(),
    });
    let unbanned =
        membership_changed(1, 10, |room_id, user_id| MembershipEvent::MembershipUnbanned { room_id, user_id, by });
    vec![
        (joined(1, 301), 4),
        (added(1, 302, 1), 4),
        (left(1, 9), 4),
        (removed(1, 10, 1), 4),
        (banned(1, 10, 1, "spam"), 2),
        (unbanned, 2),
        (role_defined(1, 1, "Helper", 1), 4),
        (assigned, 4),
        (renamed(2, "Bob"), 4),
    ]
}

/// What is computed of a room for each of its members is not written for each.
fn of_the_room() -> Bounded {
    let role = RoomEvent::RoomRoleChanged {
        role_id: role_id(1),
        name: None,
        rank: 2,
        allow: PermissionSet::new(),
        deny: PermissionSet::from([Permission::ViewHistory]),
    };
    let permissions = PermissionSet::from([Permission::ViewHistory, Permission::React]);
    let changes = [
        role,
        RoomEvent::RoomRoleDeleted { role_id: role_id(1) },
        RoomEvent::RoomPermissionsChanged { permissions },
        RoomEvent::RoomPermissionsChanged { permissions: PermissionSet::new() },
        RoomEvent::RoomVisibilityChanged { visibility: Visibility::Public },
        RoomEvent::RoomRetentionChanged { retain_for: Period::of_days(30) },
        RoomEvent::RoomOwnershipTransferred { from: Some(user_id(1)), to: user_id(2) },
        room_archived(),
        room_unarchived(),
    ];
    let changes = changes.map(|change| room_changed(1, &change)).into_iter();
    let changes = changes.chain([room_renamed(1, "talk"), topic_changed(1, "all and nothing")]);
    // Of what somebody does there is a notice.
    changes.map(|change| (change.by(1), 4)).collect()
}

fn of_invites_and_calls() -> Bounded {
    vec![
        (invite_created(1, 1, 1, None), 2),
        (invite_accepted(1, 1, 301, 1), 2),
        (invite_revoked(1, 1, 1, 1), 2),
        (call_started(1, 1, 1), 4),
        (call_joined(1, 1, 2), 3),
        (call_declined(1, 1, 4), 3),
        (call_left(1, 1, 2, Departure::Left), 3),
        (call_ended(1, 1, Outcome::Answered), 3),
    ]
}

fn of_files() -> Bounded {
    let room = Grantee::Room(room_id(1));
    vec![
        (uploaded(1, 1), 4),
        (granted(1, room, Some(301)), 3),
        (file_forwarded(2, 2, (1, 1), 303), 5),
        (revoked(1, room, Some(301)), 3),
        (file_deleted(1, 1), 4),
        (file_ended(2, 2, 1), 5),
    ]
}

/// What is destroyed for good is purged in steps, each of some rows: the event itself notes what.
fn of_endings() -> Bounded {
    vec![(expired(1, 5), 4), (erased(3), 4), (room_changed(1, &RoomEvent::RoomClosed), 4)]
}
