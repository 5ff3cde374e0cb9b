//! Roles, bans, mutes, owners and invites: what facts do to their rows.

use domain::call::{Departure, Outcome};
use domain::membership::MembershipEvent;
use domain::permission::{Permission, PermissionSet};
use domain::room::{RoomEvent, RoomType, Visibility};
use serde_json::{Value, json};
use time::macros::datetime;

use crate::facts::*;
use crate::projecting::World;

/// The rows of a view as JSON, in the order of its first columns.
async fn read(world: &World, columns: &str, table: &str) -> Vec<Value> {
    let sql = format!("select row_to_json(t) from (select {columns} from read.{table} order by 1, 2) t");
    sqlx::query_scalar(&sql).fetch_all(&world.database.owner).await.unwrap()
}

#[tokio::test]
async fn roles_stand_in_their_room_highest_first() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), role_defined(1, 1, "Helper", 1)]).await;
    world.log.append([role_defined(1, 2, "Moderator", 10), role_defined(1, 3, "Greeter", 1)]).await;
    let changed = RoomEvent::RoomRoleChanged {
        role_id: role_id(3),
        name: None,
        rank: 20,
        allow: PermissionSet::new(),
        deny: PermissionSet::from([Permission::MentionAll]),
    };
    world.log.append([room_changed(1, &changed)]).await;
    world.log.append([room_changed(1, &RoomEvent::RoomRoleDeleted { role_id: role_id(2) })]).await;
    world.settle().await;
    let role = |id, name, rank, version, permissions| json!({"id": role_id(id), "name": name, "rank": rank, "version": version, "permissions": permissions});
    let as_defined = json!({"allow": ["react"], "deny": ["view_history", "send_messages"]});
    assert_eq!(
        read(&world, "id, version, roles", "room").await,
        [json!({
            "id": room_id(1), "version": 6,
            "roles": [
                role(3, "Greeter", 20, 2, json!({"allow": [], "deny": ["mention_all"]})),
                role(1, "Helper", 1, 1, as_defined),
            ],
        })]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn a_call_tells_who_was_in_it_and_how_it_ended() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), call_started(1, 1, 1), call_joined(1, 1, 2)]).await;
    world.log.append([call_declined(1, 1, 3), call_left(1, 1, 2, Departure::Gone), call_joined(1, 1, 2)]).await;
    world.settle().await;
    let columns = "id, version, started_by, media, outcome, answered_at is null as rings, ended_at is null as runs";
    let call = |version, outcome: Option<&str>, runs| {
        json!({
            "id": call_id(1), "version": version, "started_by": user_id(1), "media": "video",
            "outcome": outcome, "rings": false, "runs": runs,
        })
    };
    assert_eq!(read(&world, columns, "call").await, [call(5, None, true)]);
    world.log.append([call_ended(1, 1, Outcome::Answered), call_started(2, 1, 2)]).await;
    world.settle().await;
    assert_eq!(read(&world, columns, "call").await[0], call(6, Some("answered"), false));
    let columns =
        "call_id, user_id, departure, joined_at is null as never, left_at is null as stayed, earlier_ms >= 0 as sane";
    let participant = |call, user, departure: Option<&str>, never, stayed| {
        json!({
            "call_id": call_id(call), "user_id": user_id(user), "departure": departure,
            "never": never, "stayed": stayed, "sane": true,
        })
    };
    assert_eq!(
        read(&world, columns, "call_participant").await,
        [
            participant(1, 1, None, false, true),
            participant(1, 2, None, false, true),
            participant(1, 3, Some("declined"), true, false),
            participant(2, 2, None, false, true),
        ]
    );
    let notices = read(&world, "position, type, sender_id, event", "message").await;
    let told =
        |index: usize| json!([notices[index]["type"], notices[index]["sender_id"], notices[index]["event"]["type"]]);
    assert_eq!(notices.len(), 3);
    assert_eq!(told(0), json!(["call", user_id(1), "call_started"]));
    assert_eq!(told(1), json!(["call", user_id(1), "call_ended"]));
    assert_eq!(notices[1]["event"]["outcome"], "answered");
    assert!(notices[1]["event"]["duration_ms"].is_u64());
    world.database.drop().await;
}

#[tokio::test]
async fn a_role_that_never_was_parks_its_room_as_it_was() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), role_defined(1, 1, "Helper", 1)]).await;
    world.log.append([role_defined(1, 1, "Helper", 1), room_renamed(1, "talk")]).await;
    world.settle().await;
    let rows = read(&world, "name, version", "room").await;
    assert_eq!(rows, [json!({"name": "general", "version": 2})]);
    world.database.drop().await;
}

#[tokio::test]
async fn a_group_has_an_owner_and_a_dialog_none() {
    let mut world = World::new().await;
    let dialog = RoomEvent::RoomCreated {
        room_type: RoomType::Dialog,
        visibility: Visibility::Private,
        name: None,
        topic: None,
        permissions: PermissionSet::new(),
        created_by: Some(user_id(1)),
        members: [user_id(1), user_id(2)].into(),
        imported: None,
    };
    world.log.append([room_created(1, 1, "general"), room_changed(2, &dialog)]).await;
    let transferred = RoomEvent::RoomOwnershipTransferred { from: Some(user_id(1)), to: user_id(2) };
    world.log.append([room_changed(1, &transferred)]).await;
    world.settle().await;
    assert_eq!(
        read(&world, "id, owner, created_by", "room").await,
        [
            json!({"id": room_id(1), "owner": user_id(2), "created_by": user_id(1)}),
            json!({"id": room_id(2), "owner": null, "created_by": user_id(1)}),
        ]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn a_closed_room_says_so_in_both_its_rows() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), joined(1, 1), room_created(2, 1, "kept")]).await;
    world.log.append([room_changed(1, &RoomEvent::RoomClosed)]).await;
    world.settle().await;
    let closed = |id, closed| json!({"id": room_id(id), "closed": closed});
    assert_eq!(read(&world, "id, closed", "room").await, [closed(1, true), closed(2, false)]);
    let closed = |id, closed| json!({"room_id": room_id(id), "closed": closed});
    assert_eq!(read(&world, "room_id, closed", "room_activity").await, [closed(1, true), closed(2, false)]);
    world.database.drop().await;
}

#[tokio::test]
async fn a_membership_holds_roles_a_mute_and_a_pin_until_it_ends() {
    let mut world = World::new().await;
    let until = datetime!(2026-02-01 00:00 UTC);
    world.log.append([room_created(1, 1, "general"), joined(1, 1), joined(1, 2)]).await;
    for user in [1, 2] {
        let roles = membership_changed(1, user, |room_id, user_id| MembershipEvent::MembershipRolesAssigned {
            room_id,
            user_id,
            by: user_id,
            roles: [role_id(2), role_id(1)].into(),
        });
        let muted = membership_changed(1, user, |room_id, user_id| MembershipEvent::MembershipMuted {
            room_id,
            user_id,
            until: Some(until),
        });
        let pinned =
            membership_changed(1, user, |room_id, user_id| MembershipEvent::MembershipPinned { room_id, user_id });
        world.log.append([roles, muted, pinned]).await;
    }
    world.log.append([left(1, 2), joined(1, 2)]).await;
    world.settle().await;
    let columns = "user_id, roles, muted, muted_until, pinned, version";
    let anew = json!({
        "user_id": user_id(2), "roles": [], "muted": false, "muted_until": null, "pinned": false, "version": 6,
    });
    let held = json!({
        "user_id": user_id(1), "roles": [role_id(1), role_id(2)], "muted": true,
        "muted_until": "2026-02-01T00:00:00+00:00", "pinned": true, "version": 4,
    });
    assert_eq!(read(&world, columns, "membership").await, [held, anew.clone()]);

    let unmuted = membership_changed(1, 1, |room_id, user_id| MembershipEvent::MembershipUnmuted { room_id, user_id });
    let unpinned =
        membership_changed(1, 1, |room_id, user_id| MembershipEvent::MembershipUnpinned { room_id, user_id });
    world.log.append([unmuted, unpinned]).await;
    world.settle().await;
    let bare = json!({
        "user_id": user_id(1), "roles": [role_id(1), role_id(2)], "muted": false, "muted_until": null, "pinned": false,
        "version": 6,
    });
    assert_eq!(read(&world, columns, "membership").await, [bare, anew]);
    world.database.drop().await;
}

#[tokio::test]
async fn a_ban_stands_until_it_is_lifted_or_its_person_comes() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), joined(1, 2), removed(1, 2, 1), banned(1, 2, 1, "spam")]).await;
    world.log.append([banned(1, 3, 1, "spam"), banned(1, 4, 1, "spam"), joined(1, 4)]).await;
    let lifted = |room_id, user_id| MembershipEvent::MembershipUnbanned { room_id, user_id, by: user_id };
    world.log.append([membership_changed(1, 3, lifted)]).await;
    world.settle().await;
    let columns = "user_id, present, banned_position, banned_at, banned_by, banned_until, ban_reason";
    let free = |user, present| {
        json!({
            "user_id": user_id(user), "present": present, "banned_position": null, "banned_at": null,
            "banned_by": null, "banned_until": null, "ban_reason": null,
        })
    };
    assert_eq!(
        read(&world, columns, "membership").await,
        [
            json!({
                "user_id": user_id(2), "present": false, "banned_position": 4,
                "banned_at": "2026-01-01T00:00:04+00:00", "banned_by": user_id(1),
                "banned_until": "2026-02-01T00:00:00+00:00", "ban_reason": "spam",
            }),
            free(3, false),
            free(4, true),
        ]
    );
    assert_eq!(read(&world, "room_id, member_count", "room_activity").await[0]["member_count"], 1);
    world.database.drop().await;
}

#[tokio::test]
async fn an_invite_counts_its_uses_and_is_revoked() {
    let mut world = World::new().await;
    world.log.append([invite_created(1, 1, 1, Some(5)), invite_created(2, 1, 2, None)]).await;
    world.log.append([invite_accepted(1, 1, 3, 1), invite_accepted(1, 1, 4, 2), invite_revoked(2, 1, 1, 0)]).await;
    world.settle().await;
    let invite = |number, by, max_uses: Option<u32>, uses, revoked, version| {
        json!({
            "position": number, "id": invite_code(number).0, "room_id": room_id(1), "created_by": user_id(by),
            "created_at": format!("2026-01-01T00:00:0{number}+00:00"), "max_uses": max_uses, "uses": uses,
            "expires_at": "2026-02-01T00:00:00+00:00", "revoked": revoked, "version": version,
        })
    };
    let columns = "position, id, room_id, created_by, created_at, max_uses, uses, expires_at, revoked, version";
    assert_eq!(
        read(&world, columns, "invite").await,
        [invite(1, 1, Some(5), 2, false, 3), invite(2, 2, None, 0, true, 2)]
    );
    world.database.drop().await;
}
