//! Files, who may see them and what they take up.

use domain::file::Grantee;
use serde_json::{Value, json};
use sqlx::PgPool;

use crate::facts::files::{file_deleted, file_forwarded, file_id, granted, revoked, uploaded};
use crate::facts::{message_id, registered, room_created, room_id, user_id};
use crate::projecting::World;

/// One JSON value of a query over the tables that serve.
async fn one(pool: &PgPool, query: &str) -> Value {
    sqlx::query_scalar(&format!("select json_agg(x) from ({query}) x")).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn what_somebody_has_counts_as_files_and_its_bytes_once() {
    let mut world = World::new().await;
    let usage = "select user_id, files, bytes from read_v1.file_usage order by user_id";
    let of = |user, files, bytes| json!({"user_id": user_id(user), "files": files, "bytes": bytes});
    world.log.append([registered(1, "alice"), registered(2, "bob"), room_created(1, 1, "general")]).await;
    world.log.append([uploaded(1, 1), uploaded(2, 1), file_forwarded(3, 2, (1, 1), 7)]).await;
    world.settle().await;
    assert_eq!(one(&world.database.owner, usage).await, json!([of(1, 2, 5), of(2, 1, 5)]));
    world.log.append([file_deleted(1, 1)]).await;
    world.settle().await;
    assert_eq!(one(&world.database.owner, usage).await, json!([of(1, 1, 5), of(2, 1, 5)]));
    world.log.append([file_deleted(2, 1), uploaded(4, 1), file_deleted(4, 1)]).await;
    world.settle().await;
    assert_eq!(one(&world.database.owner, usage).await, json!([of(1, 0, 0), of(2, 1, 5)]));
    let files = "select id, owner_id, author_id, filename, deleted, version from read_v1.file where id = any(array[\
        (select id from read_v1.file where forwarded_from is not null)])";
    let forwarded = json!([{"id": file_id(3), "owner_id": user_id(2), "author_id": user_id(1), "filename": "notes.txt",
        "deleted": false, "version": 1}]);
    assert_eq!(one(&world.database.owner, files).await, forwarded);
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}

#[tokio::test]
async fn what_a_message_gave_is_one_way_among_others() {
    let mut world = World::new().await;
    let room = Grantee::Room(room_id(1));
    let ways = "select grantee_id, is_room, ways, positions from read_v1.file_permission order by is_room, grantee_id";
    world.log.append([registered(1, "alice"), registered(2, "bob"), room_created(1, 1, "general")]).await;
    world.log.append([uploaded(1, 1), granted(1, room, Some(7)), granted(1, room, None)]).await;
    world.log.append([granted(1, room, Some(8)), granted(1, Grantee::User(user_id(2)), None)]).await;
    world.log.append([revoked(1, room, Some(7))]).await;
    world.settle().await;
    let nobody = "00000000-0000-0000-0000-000000000000";
    let bob = json!({"grantee_id": user_id(2), "is_room": false, "ways": [nobody], "positions": [8]});
    let both = json!({"grantee_id": room_id(1), "is_room": true, "ways": [nobody, message_id(8)], "positions": [6, 7]});
    assert_eq!(one(&world.database.owner, ways).await, json!([bob, both]));
    world.log.append([revoked(1, room, None), revoked(1, Grantee::User(user_id(2)), None)]).await;
    world.settle().await;
    let left = "select ways, positions from read_v1.file_permission";
    let none = json!({"ways": [], "positions": []});
    assert_eq!(one(&world.database.owner, left).await, json!([none, none]));
    assert!(world.verify().await.is_clean());
    world.database.drop().await;
}
