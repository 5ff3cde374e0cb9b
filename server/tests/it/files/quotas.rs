//! How much there may be.

use serde_json::json;

use super::{count, file};
use crate::harness::Setup;

#[tokio::test]
async fn one_person_has_so_many_bytes_of_which_the_same_count_once() {
    let app = Setup::without_nats().await.flag("--files-user-bytes=1KiB").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let first = alice.uploads("a", vec![1_u8; 600]).await;
    alice.upload("b", vec![2_u8; 600]).await.expect_problem(413, "quota-exceeded");
    app.settled().await;
    alice.uploads("b", vec![2_u8; 424]).await;
    alice.upload("c", "x").await.expect_problem(413, "quota-exceeded");
    bob.uploads("a", vec![1_u8; 600]).await;

    // Forwarding adds no bytes; deleting gives them back with the last of them.
    let sent = alice.sends_files(&room, "", &[first]).await;
    let forward = alice.post(&room.message(&sent, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
    alice.delete(&file(first, "")).await.expect(204);
    app.settled().await;
    alice.upload("c", "x").await.expect_problem(413, "quota-exceeded");
    let copy = alice.get(forward.header("location").unwrap()).await.expect(200).body["data"]["files"][0]["id"].clone();
    alice.delete(&format!("/v1/files/{}", copy.as_str().unwrap())).await.expect(204);
    app.settled().await;
    alice.uploads("c", vec![3_u8; 600]).await;
    assert_eq!(count(&app, "arriving"), 0);
}

#[tokio::test]
async fn of_several_uploads_at_once_no_more_come_in_than_may() {
    let app = Setup::without_nats().await.flag("--files-user-count=3").start().await;
    let alice = app.registers("alice").await;
    let uploads = futures::future::join_all((0..8).map(|number| alice.upload("x", number.to_string()))).await;
    let taken = uploads.iter().filter(|answer| answer.status == 201).count();
    let refused = uploads.iter().filter(|answer| answer.problem() == Some("quota-exceeded")).count();
    assert_eq!((taken, refused), (3, 5));
    app.settled().await;
    alice.upload("x", "more").await.expect_problem(413, "quota-exceeded");
}

#[tokio::test]
async fn what_stays_free_of_the_disk_is_not_filled() {
    let app = Setup::without_nats().await.flag("--blobs-keep-free=1000000TiB").start().await;
    let alice = app.registers("alice").await;
    let refused = alice.upload("x", "hello").await.expect_problem(507, "out-of-space");
    assert!(refused.header("retry-after").is_some());
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 0));
}
