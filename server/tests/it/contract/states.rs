//! An archived room: read, left and lost, but not written.

use serde_json::json;

use super::rows;
use super::scene::People;
use crate::harness::TestApp;

/// What is done in an archived room too: it takes something away, or is one's own.
const ALSO_ARCHIVED: [&str; 12] = [
    "ArchiveRoom",
    "BanMember",
    "CloseRoom",
    "ForwardMessage", // to another room
    "JoinRoom",       // by who is in it
    "LeaveRoom",
    "MarkRead",
    "RemoveMember",
    "RevokeInvite",
    "UnarchiveRoom",
    "UnbanMember",
    "UpdateMembership",
];

#[tokio::test]
async fn an_archived_room_is_read_and_left_but_not_written() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    let mut also = vec![];
    for row in rows().iter().filter(|row| row.in_room()) {
        let scene = people.scene(&app, row).await;
        scene.asks.put(&scene.room.path("/archive"), json!({})).await.expect(204);
        app.settled().await;
        let head = app.head().await;
        let answer = scene.asked(&scene.asks, row).await;
        if row.is_query() {
            assert_eq!(answer.status, 200, "{}: {}", row.name, answer.text);
        } else if matches!(answer.status, 200..300) {
            also.push(row.name.clone());
        } else {
            assert_eq!((answer.status, answer.problem()), (409, Some("archived")), "{}: {}", row.name, answer.text);
            assert_eq!(app.head().await, head, "{}", row.name);
        }
    }
    also.sort();
    assert_eq!(also, ALSO_ARCHIVED);
}

#[tokio::test]
async fn nobody_comes_into_an_archived_room() {
    let app = TestApp::without_nats().await;
    let people = People::of(&app).await;
    let scene = people.any_scene().await;
    scene.asks.patch(&scene.room.path(""), json!({"visibility": "public"})).await.expect(200);
    scene.asks.put(&scene.room.path("/archive"), json!({})).await.expect(204);
    let head = app.head().await;
    for person in [&people.carol, &people.dave] {
        person.joins(&scene.room).await.expect_problem(409, "archived");
    }
    assert_eq!(app.head().await, head);
    scene.asks.delete(&scene.room.path("/archive")).await.expect(204);
    people.carol.joins(&scene.room).await.expect(201);
    people.dave.joins(&scene.room).await.expect_problem(409, "banned");
}
