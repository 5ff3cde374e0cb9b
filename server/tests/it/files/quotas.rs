//! How much there may be.

use futures::StreamExt;
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
async fn of_several_uploads_that_do_not_say_how_long_they_are_no_more_bytes_come_in_than_may() {
    let app = Setup::without_nats().await.flag("--files-user-bytes=1KiB").start().await;
    let alice = app.registers("alice").await;
    // All have come half way before any is there.
    let half_way = std::sync::Arc::new(tokio::sync::Barrier::new(4));
    let upload = |byte: u8| {
        let (half_way, parts) = (half_way.clone(), [vec![byte; 200], vec![byte; 400]]);
        let parts = futures::stream::iter(parts.into_iter().enumerate()).then(move |(number, part)| {
            let half_way = half_way.clone();
            async move {
                if number == 1 {
                    half_way.wait().await;
                }
                Ok::<_, std::io::Error>(part)
            }
        });
        alice.upload("x", reqwest::Body::wrap_stream(parts))
    };
    let uploads = futures::future::join_all((0..4).map(upload)).await;
    let taken = uploads.iter().filter(|answer| answer.status == 201).count();
    let refused = uploads.iter().filter(|answer| answer.problem() == Some("quota-exceeded")).count();
    assert_eq!((taken, refused), (1, 3), "{:?}", uploads.iter().map(|answer| &answer.body).collect::<Vec<_>>());
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 1));
}

#[tokio::test]
async fn what_is_forwarded_counts_before_it_comes() {
    let app = Setup::without_nats().await.flag("--files-user-bytes=1KiB").flag("--files-user-count=4").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let (from, to) = (alice.creates_room("from").await, bob.creates_room("to").await);
    alice.adds(&from, &bob).await;
    let (first, second) = (alice.uploads("a", vec![1_u8; 400]).await, alice.uploads("b", vec![2_u8; 600]).await);
    let (one, other) = (alice.sends_files(&from, "", &[first]).await, alice.sends_files(&from, "", &[second]).await);
    let own = bob.uploads("own", vec![3_u8; 500]).await;
    app.settled().await;
    let forward = async |message| bob.post(&from.message(message, "/forwards"), json!({"to_room_id": to.0})).await;
    // Of the other's bytes there are too many; those that came once come again for nothing, but are one more file.
    forward(&other).await.expect_problem(413, "quota-exceeded");
    forward(&one).await.expect(201);
    app.settled().await;
    forward(&one).await.expect(201);
    bob.upload("x", vec![4_u8; 125]).await.expect_problem(413, "quota-exceeded");
    bob.uploads("x", vec![4_u8; 124]).await;
    forward(&one).await.expect_problem(413, "quota-exceeded");
    app.settled().await;
    bob.delete(&file(own, "")).await.expect(204);
    app.settled().await;
    forward(&one).await.expect(201);
}

#[tokio::test]
async fn of_several_forwards_at_once_no_more_come_in_than_may() {
    let app = Setup::without_nats().await.flag("--files-user-count=3").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let file = alice.uploads("a", "hello").await;
    let sent = alice.sends_files(&room, "", &[file]).await;
    let forward = async |_| bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": room.0})).await;
    let forwards = futures::future::join_all((0..8).map(&forward)).await;
    let taken = forwards.iter().filter(|answer| answer.status == 201).count();
    let refused = forwards.iter().filter(|answer| answer.problem() == Some("quota-exceeded")).count();
    assert_eq!((taken, refused), (3, 5));
}

#[tokio::test]
async fn what_stays_free_of_the_disk_is_not_filled() {
    let app = Setup::without_nats().await.flag("--blobs-keep-free=1000000TiB").start().await;
    let alice = app.registers("alice").await;
    let refused = alice.upload("x", "hello").await.expect_problem(507, "out-of-space");
    assert!(refused.header("retry-after").is_some());
    assert_eq!((count(&app, "arriving"), count(&app, "kept")), (0, 0));
}
