//! Registering with an invite: what it is good for where everyone may register, and when it makes no account.

use serde_json::json;

use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, TestApp};

/// Registers somebody with the code of an invite.
async fn registers(app: &TestApp, name: &str, code: &str) -> Answer {
    let email = format!("{name}@example.org");
    let body = json!({"email": email, "password": PASSWORD, "display_name": name, "invite_code": code});
    app.request("POST", "/v1/users").json(&body).send().await
}

#[tokio::test]
async fn where_everyone_registers_an_invite_lets_one_into_its_room_at_once() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let code = alice.invites(&room, json!({"max_uses": 1})).await;
    let head = app.head().await;
    for wrong in ["no code", "AAAAAAAAAAAAAAAAAAAAUA"] {
        registers(&app, "bob", wrong).await.expect_invalid("/invite_code");
    }
    assert_eq!(app.head().await, head);
    let made = registers(&app, "bob", &code).await.expect(201);
    assert_eq!(made.position(), Some(head + 3), "an account, an invite that is used, and a member");
    let bob = Person::signs_in(&app.url, "bob@example.org", PASSWORD).await;
    assert_eq!(bob.id, made.id());
    bob.sends(&room, "let in").await;
    registers(&app, "carol", &code).await.expect_problem(409, "invite-spent");
    app.registers("carol").await;
}

#[tokio::test]
async fn an_invite_that_lets_nobody_in_makes_no_account() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (admin, bob) = (app.administrator("root").await, app.registers("bob").await);
    let greeter = alice.defines(&room, "Greeter", 1, &["invite_members"]).await;
    alice.gives(&room, &bob, &[greeter]).await.expect(201);
    let (hers, his) = (alice.invites(&room, json!({})).await, bob.invites(&room, json!({})).await);
    let refused = async |code: &str, status: u16, slug: &str| {
        let head = app.head().await;
        registers(&app, "carol", code).await.expect_problem(status, slug);
        assert_eq!(app.head().await, head, "{slug}");
    };
    let suspension = format!("/v1/users/{}/suspension", bob.id);
    admin.put(&suspension, json!({})).await.expect(204);
    refused(&his, 409, "invite-spent").await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    refused(&hers, 409, "archived").await;
    alice.delete(&room.path("/archive")).await.expect(204);
    admin.delete(&suspension).await.expect(204);
    registers(&app, "dora", &his).await.expect(201);
    alice.delete(&room.path("")).await.expect(204);
    refused(&hers, 422, "invalid").await;
    registers(&app, "carol", &hers).await.expect_invalid("/invite_code");
    // The email was never taken.
    app.registers("carol").await;
}
