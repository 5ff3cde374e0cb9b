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
    "JoinRoom",
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
