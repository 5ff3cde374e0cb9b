//! Suspension: out at once, everywhere.

use serde_json::json;

use super::of;
use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

#[tokio::test]
async fn who_is_suspended_is_out_at_once_and_told_so_with_the_right_password_alone() {
    let app = TestApp::start().await;
    let elsewhere = app.setup.spawn_with(&["--roles=command-api,query-api"]).await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    let phone = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    let (room, phone_there) = (bob.creates_room("bob's").await, phone.at(&elsewhere.url));
    phone_there.sends(&room, "still here").await;
    app.settled().await;

    admin.put(&of(&bob, "suspension"), json!({"reason": "spam"})).await.expect(204);
    for person in [&bob, &phone, &phone_there] {
        let message = json!({"text": "one more"});
        person.post(&room.path("/messages"), message).await.expect_problem(401, "not-signed-in");
        person.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
    }
    let signs_in = |password: &str| {
        let body = json!({"email": bob.email, "password": password});
        app.request("POST", "/v1/sessions").json(&body).send()
    };
    signs_in(PASSWORD).await.expect_problem(403, "account-suspended");
    signs_in("not his").await.expect_problem(401, "wrong-credentials");

    let again = admin.put(&of(&bob, "suspension"), json!({"reason": "still spam"})).await.expect(204);
    assert_eq!(again.position(), Some(app.head().await), "nothing new: the newest that it rests on");
    admin.delete(&of(&bob, "suspension")).await.expect(204);
    let head = app.head().await;
    admin.delete(&of(&bob, "suspension")).await.expect(204);
    assert_eq!(app.head().await, head);
    bob.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
    let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    bob.sends(&room, "back again").await;
}

/// A suspension takes from somebody what they do, and from others nothing that they do with them.
#[tokio::test]
async fn who_is_suspended_comes_into_rooms_and_has_roles_as_ever() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    let (alice, room) = app.member_of_a_room("alice").await;
    admin.put(&of(&bob, "suspension"), json!({})).await.expect(204);
    let (helper, keeper) = (alice.defines(&room, "Helper", 1, &[]).await, alice.defines(&room, "Keeper", 2, &[]).await);
    alice.adds(&room, &bob).await;
    alice.gives(&room, &bob, &[helper]).await.expect(200);
    alice.gives(&room, &bob, &[keeper]).await.expect(200);
    let with_roles = alice.creates_room("with roles").await;
    let greeter = alice.defines(&with_roles, "Greeter", 1, &[]).await;
    alice.gives(&with_roles, &bob, &[greeter]).await.expect(201);
    for kind in ["group", "dialog", "secret"] {
        alice.post("/v1/rooms", json!({"type": kind, "member_ids": [bob.id]})).await.expect(201);
    }
    alice.post("/v1/rooms", json!({"type": "dialog", "member_ids": [bob.id]})).await.expect(200);

    admin.delete(&of(&bob, "suspension")).await.expect(204);
    let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    app.settled().await;
    assert_eq!(bob.get("/v1/rooms").await.expect(200).items().len(), 5);
    assert_eq!(bob.part_of(&room).await["roles"], json!([keeper]));
}

#[tokio::test]
async fn neither_oneself_nor_another_administrator_is_suspended() {
    let app = TestApp::without_nats().await;
    let (admin, other) = (app.administrator("admin").await, app.administrator("other").await);
    let before = app.head().await;
    for person in [&admin, &other] {
        admin.put(&of(person, "suspension"), json!({})).await.expect_problem(403, "outranked");
    }
    assert_eq!(app.head().await, before);
    admin.delete(&of(&other, "roles/admin")).await.expect(204);
    admin.put(&of(&other, "suspension"), json!({})).await.expect(204);
    other.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_reason_is_for_the_record_and_not_to_be_read_there() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    let path = of(&bob, "suspension");
    for (body, pointer) in [(json!({"reason": "x".repeat(1001)}), "/reason"), (json!({"why": "x"}), "/why")] {
        let refused = admin.put(&path, body).await.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], pointer);
    }
    admin.put(&path, json!({"reason": "advertises canaries"})).await.expect(204);
    let stored: String = sqlx::query_scalar("select payload::text from log.events where event_type = 'user_suspended'")
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert!(!stored.contains("canaries"), "{stored}");
    let exported = app.setup.command(["audit", "export", "--reason=complaint", "--open"]).await;
    assert!(String::from_utf8(exported.stdout).unwrap().contains("advertises canaries"));
}

#[tokio::test]
async fn what_was_mailed_to_the_suspended_is_good_for_nothing() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    app.request("POST", "/v1/users/verification").json(&json!({"email": bob.email})).send().await.expect(202);
    let token = token(&app.mail_to(&bob.email, 1).await);
    admin.put(&of(&bob, "suspension"), json!({})).await.expect(204);
    let head = app.head().await;
    let verify = || app.request("POST", "/v1/users/verification").json(&json!({"token": token})).send();
    verify().await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head);
    admin.delete(&of(&bob, "suspension")).await.expect(204);
    verify().await.expect(204);
}

#[tokio::test]
async fn nothing_by_the_suspended_stands_after_their_suspension() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    let room = bob.creates_room("bob's").await;
    for _ in 0..10 {
        let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
        let (messages, suspension) = (room.path("/messages"), of(&bob, "suspension"));
        let sends = || bob.post(&messages, json!({"text": "hurry"}));
        let (suspended, ..) = tokio::join!(admin.put(&suspension, json!({})), sends(), sends(), sends(), sends());
        let position = suspended.expect(204).position().unwrap();
        sends().await.expect_problem(401, "not-signed-in");
        let later: i64 = sqlx::query_scalar(
            "select count(*) from log.events where position > $1 and metadata->>'actor_id' = $2::text",
        )
        .bind(position)
        .bind(bob.id.to_string())
        .fetch_one(&app.pool)
        .await
        .unwrap();
        assert_eq!(later, 0);
        admin.delete(&suspension).await.expect(204);
    }
}
