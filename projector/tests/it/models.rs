//! Each read model: what facts do to its rows.

use domain::id::UserId;
use domain::permission::{Permission, PermissionSet};
use domain::room::{RoomEvent, Visibility};
use domain::user::InstanceRole;
use serde_json::{Value, json};

use crate::facts::*;
use crate::projecting::World;

/// The rows of a view as JSON, in the order of its first columns; what is told elsewhere is left out.
pub(crate) async fn read(world: &World, columns: &str, table: &str) -> Vec<Value> {
    let sql = format!("select row_to_json(t) from (select {columns} from read.{table} order by 1, 2) t");
    sqlx::query_scalar(&sql).fetch_all(&world.database.owner).await.unwrap()
}

#[tokio::test]
async fn an_account_follows_its_person_and_holds_no_credential() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice"), registered(2, "bob"), renamed(1, "Alice")]).await;
    world.log.append([role_granted(1, InstanceRole::Auditor), role_granted(1, InstanceRole::Admin)]).await;
    world.log.append([role_revoked(1, InstanceRole::Auditor), password_changed(1, 1, Some(7))]).await;
    world.log.append([sessions_revoked(2, 3)]).await;
    world.settle().await;
    let columns = "email, display_name, password_set, generation, kept_session, roles, created_at, version";
    assert_eq!(
        read(&world, columns, "account").await,
        [
            json!({
                "email": "alice@example.org", "display_name": "Alice", "password_set": true, "generation": 1,
                "kept_session": session_id(7), "roles": ["admin"], "created_at": "2026-01-01T00:00:01+00:00", "version": 6,
            }),
            json!({
                "email": "bob@example.org", "display_name": "bob", "password_set": false, "generation": 3,
                "kept_session": null, "roles": [], "created_at": "2026-01-01T00:00:02+00:00", "version": 2,
            }),
        ]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn an_account_s_email_is_verified_and_its_password_reset() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice"), registered(2, "bob"), email_verified(1), email_verified(2)]).await;
    world
        .log
        .append([email_changed(2, "bob@example.com"), password_changed(1, 1, Some(7)), password_reset(1, 2)])
        .await;
    world.settle().await;
    let columns = "email, email_verified, password_set, generation, kept_session, version";
    let account = |email: &str, verified: bool, generation: u32, version: i64| {
        json!({
            "email": email, "email_verified": verified, "password_set": generation > 0, "generation": generation,
            "kept_session": null, "version": version,
        })
    };
    assert_eq!(
        read(&world, columns, "account").await,
        [account("alice@example.org", true, 2, 4), account("bob@example.com", false, 0, 3)]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn an_account_is_suspended_and_proposed_as_an_auditor() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice"), registered(2, "bob"), registered(3, "carol")]).await;
    world.log.append([suspended(1, 3, 1), auditor_proposed(2, 3), suspended(3, 2, 1), reinstated(3)]).await;
    world.settle().await;
    let columns = "display_name, suspended, generation, auditor_proposed_by, auditor_proposed_until";
    let account = |name: &str, suspended: bool, generation: u32, by: Option<UserId>| {
        let until = by.map(|_| "2026-01-02T00:00:00+00:00");
        json!({
            "display_name": name, "suspended": suspended, "generation": generation, "auditor_proposed_by": by,
            "auditor_proposed_until": until,
        })
    };
    let carol = account("carol", false, 1, None);
    assert_eq!(
        read(&world, columns, "account").await,
        [account("alice", true, 1, None), account("bob", false, 0, Some(user_id(3))), carol.clone()]
    );
    world.log.append([role_granted(2, InstanceRole::Auditor), reinstated(1)]).await;
    world.settle().await;
    assert_eq!(
        read(&world, columns, "account").await,
        [account("alice", false, 1, None), account("bob", false, 0, None), carol]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn a_session_starts_and_ends() {
    let mut world = World::new().await;
    world.log.append([session_started(1, 1), session_started(2, 1), session_ended(1)]).await;
    world.settle().await;
    let columns = "id, user_id, secret_sha256, generation, ip, user_agent, created_at, expires_at, ended, version";
    let session = |session, second, ended: bool, version| {
        json!({
            "id": session_id(session), "user_id": user_id(1), "secret_sha256": "5e".repeat(32), "generation": 0,
            "ip": (!ended).then_some("192.0.2.1"), "user_agent": (!ended).then_some("curl/8"), "created_at": format!("2026-01-01T00:00:0{second}+00:00"),
            "expires_at": "2027-01-01T00:00:00+00:00", "ended": ended, "version": version,
        })
    };
    assert_eq!(read(&world, columns, "session").await, [session(1, 1, true, 2), session(2, 2, false, 1)]);
    world.database.drop().await;
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole() {
    let mut world = World::new().await;
    world
        .log
        .append([settings_updated(1, json!({"a": 1, "b": [2]})), settings_updated(1, json!({"a": "\u{0}"}))])
        .await;
    world.settle().await;
    let rows = read(&world, "user_id, version, settings", "settings").await;
    assert_eq!(rows, [json!({"user_id": user_id(1), "settings": {"a": "\u{0}"}, "version": 2})]);
    world.database.drop().await;
}

#[tokio::test]
async fn a_room_is_made_and_changed() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), room_created(2, 1, "kept"), room_renamed(1, "talk")]).await;
    world.log.append([topic_changed(1, "all and nothing"), topic_changed(2, "short"), topic_changed(2, "")]).await;
    let all = RoomEvent::RoomPermissionsChanged {
        permissions: PermissionSet::from([Permission::StartCalls, Permission::React, Permission::ViewHistory]),
    };
    let public = RoomEvent::RoomVisibilityChanged { visibility: Visibility::Public };
    world.log.append([all, public, room_archived()].map(|fact| room_changed(1, &fact))).await;
    world.log.append([room_archived(), room_unarchived()].map(|fact| room_changed(2, &fact))).await;
    world.settle().await;
    let columns = "name, topic, type, visibility, permissions, roles, owner, created_by, created_at, archived, version";
    assert_eq!(
        read(&world, columns, "room").await,
        [
            json!({
                "name": "kept", "topic": null, "type": "group", "visibility": "private",
                "permissions": ["view_history", "send_messages"], "roles": [], "owner": user_id(1),
                "created_by": user_id(1), "created_at": "2026-01-01T00:00:02+00:00", "archived": false, "version": 5,
            }),
            json!({
                "name": "talk", "topic": "all and nothing", "type": "group", "visibility": "public",
                "permissions": ["view_history", "react", "start_calls"], "roles": [], "owner": user_id(1),
                "created_by": user_id(1), "created_at": "2026-01-01T00:00:01+00:00", "archived": true, "version": 6,
            }),
        ]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn a_room_of_two_names_both_and_nobody_owns_it() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), dialog_created(2, 2, 1)]).await;
    world.settle().await;
    let rows = read(&world, "name, type, member_ids, owner, created_by", "room").await;
    let group = json!({
        "name": "general", "type": "group", "member_ids": [], "owner": user_id(1), "created_by": user_id(1),
    });
    let dialog = json!({
        "name": null, "type": "dialog", "member_ids": [user_id(1), user_id(2)], "owner": null, "created_by": user_id(2),
    });
    assert_eq!(rows, [group, dialog]);
    world.database.drop().await;
}

#[tokio::test]
async fn people_are_blocked_and_let_again() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice"), blocked(1, 2), blocked(1, 3), unblocked(1, 2)]).await;
    world.log.append([unblocked(1, 3), blocked(1, 3)]).await;
    world.settle().await;
    let columns = "user_id, blocked_id, present, blocked_at, blocked_position";
    let block = |other, present, second: u32| {
        json!({
            "user_id": user_id(1), "blocked_id": user_id(other), "present": present,
            "blocked_at": format!("2026-01-01T00:00:0{second}+00:00"), "blocked_position": second,
        })
    };
    assert_eq!(read(&world, columns, "block").await, [block(2, false, 2), block(3, true, 6)]);
    world.database.drop().await;
}

#[tokio::test]
async fn members_come_and_go_and_are_counted() {
    let mut world = World::new().await;
    world.log.append([room_created(1, 1, "general"), joined(1, 1), added(1, 2, 1), added(1, 3, 1)]).await;
    world.log.append([left(1, 2), removed(1, 3, 1), joined(1, 2), left(1, 4)]).await;
    world.settle().await;
    let columns = "room_id, user_id, present, roles, joined_at, joined_position, version";
    let member = |user, present, second: u32, version| {
        json!({
            "room_id": room_id(1), "user_id": user_id(user), "present": present, "roles": [],
            "joined_at": format!("2026-01-01T00:00:0{second}+00:00"), "joined_position": second, "version": version,
        })
    };
    assert_eq!(
        read(&world, columns, "membership").await,
        // The fourth left without ever having come: an import may say so.
        [member(1, true, 2, 1), member(2, true, 7, 3), member(3, false, 4, 2), member(4, false, 8, 1)]
    );
    let activity =
        read(&world, "room_id, member_count, message_count, last_position, last_message_id", "room_activity");
    assert_eq!(
        activity.await,
        [json!({
            "room_id": room_id(1), "member_count": 2, "message_count": 0, "last_position": 1, "last_message_id": null,
        })]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn a_reading_is_where_its_reader_is() {
    let mut world = World::new().await;
    world.log.append([read_up_to(1, 1, 3), read_up_to(1, 2, 2), read_up_to(1, 1, 9)]).await;
    world.settle().await;
    let reading = |user, position, version| json!({"room_id": room_id(1), "user_id": user_id(user), "position": position, "version": version});
    assert_eq!(
        read(&world, "room_id, user_id, position, version", "reading").await,
        [reading(1, 9, 2), reading(2, 2, 1)]
    );
    world.database.drop().await;
}

#[tokio::test]
async fn every_event_is_found_by_its_place_room_and_actor() {
    let mut world = World::new().await;
    world.log.append([registered(1, "alice"), room_created(1, 1, "general"), garbled(5), audited(1)]).await;
    let by_import = Entry { actor: None, ..sent(2, 1, 1, "hello") };
    world.log.append([sent(1, 1, 1, "hello"), by_import]).await;
    world.settle().await;
    let indexed = |position: i64, event_type, room: Option<u32>, actor: Option<u32>| {
        json!({
            "position": position, "event_type": event_type, "room_id": room.map(room_id), "actor_id": actor.map(user_id),
        })
    };
    assert_eq!(
        read(&world, "position, event_type, room_id, actor_id", "indexed_event").await,
        [
            indexed(1, "user_registered", None, Some(1)),
            indexed(2, "room_created", Some(1), Some(1)),
            indexed(3, "message_garbled", None, None),
            indexed(4, "audit_accessed", None, Some(1)),
            indexed(6, "message_sent", Some(1), None),
        ],
        "a message tells where and by whom it was sent, one that was imported does not"
    );
    let told = [false, true].map(|told| json!({"id": message_id(if told { 1 } else { 2 }), "told": told}));
    let rows = read(&world, "id, told", "message").await;
    assert!(told.iter().all(|row| rows.contains(row)), "{rows:?}");
    world.database.drop().await;
}
