//! Administrators make and unmake each other, and one stays.

use serde_json::json;

use super::of;
use crate::harness::TestApp;

#[tokio::test]
async fn administrators_make_others_who_administer_at_once() {
    let app = TestApp::without_nats().await;
    let (admin, bob, carol) =
        (app.administrator("admin").await, app.registers("bob").await, app.registers("carol").await);
    bob.put(&of(&carol, "suspension"), json!({})).await.expect_problem(403, "forbidden");
    admin.put(&of(&bob, "roles/admin"), json!({})).await.expect(204);
    let head = app.head().await;
    admin.put(&of(&bob, "roles/admin"), json!({})).await.expect(204);
    assert_eq!(app.head().await, head, "he was one already");
    bob.put(&of(&carol, "suspension"), json!({})).await.expect(204);
    assert_eq!(bob.get("/v1/users/me").await.expect(200).body["roles"], json!(["admin"]));

    admin.put(&of(&carol, "roles/admin"), json!({})).await.expect_problem(409, "user-suspended");
    admin.delete(&of(&bob, "roles/admin")).await.expect(204);
    bob.delete(&of(&carol, "suspension")).await.expect_problem(403, "forbidden");
    admin.delete(&of(&bob, "roles/admin")).await.expect(204);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let app = TestApp::without_nats().await;
    let admin = app.administrator("admin").await;
    admin.delete(&of(&admin, "roles/admin")).await.expect_problem(409, "last-admin");
    let other = app.administrator("other").await;
    admin.delete(&of(&admin, "roles/admin")).await.expect(204);
    other.delete(&of(&other, "roles/admin")).await.expect_problem(409, "last-admin");
}

#[tokio::test]
async fn of_two_who_go_at_once_one_stays() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.administrator("alice").await, app.administrator("bob").await);
    for round in 0..10 {
        // Each lays the role down; or each takes the other's.
        let (first, second) = if round % 2 == 0 { (&alice, &bob) } else { (&bob, &alice) };
        let (from_first, from_second) = (of(first, "roles/admin"), of(second, "roles/admin"));
        let (one, other) = tokio::join!(alice.delete(&from_first), bob.delete(&from_second));
        let (gone, left, refused) = match (one.status, other.status) {
            (204, _) => (first, second, other),
            (_, 204) => (second, first, one),
            statuses => panic!("nobody went: {statuses:?}"),
        };
        assert!(matches!(refused.problem(), Some("last-admin" | "forbidden")), "{}", refused.text);
        left.put(&of(gone, "roles/admin"), json!({})).await.expect(204);
    }
}
