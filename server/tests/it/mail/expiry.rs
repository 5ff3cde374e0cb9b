//! Links that were mailed are good for half an hour, for what they were mailed for, and for the account as it was.

use serde_json::json;
use time::Duration;

use crate::administration::of;
use crate::erasures::erases;
use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Setup, TestApp};

/// Asks for a link to a new password; what it ends with.
async fn forgets(app: &TestApp, person: &Person, number: usize) -> String {
    app.request("POST", "/v1/password-resets").json(&json!({"email": person.email})).send().await.expect(202);
    token(&app.mail_to(&person.email, number).await)
}

async fn resets(app: &TestApp, token: &str) -> Answer {
    let new = json!({"password": "another rather long one"});
    app.request("PUT", &format!("/v1/password-resets/{token}")).json(&new).send().await
}

async fn verifies(app: &TestApp, token: &str) -> Answer {
    app.request("POST", "/v1/users/verification").json(&json!({"token": token})).send().await
}

#[tokio::test]
async fn a_link_is_good_for_half_an_hour() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let alice = app.registers("alice").await;
    let reset = forgets(&app, &alice, 1).await;
    app.request("POST", "/v1/users/verification").json(&json!({"email": alice.email})).send().await.expect(202);
    let verification = token(&app.mail_to(&alice.email, 2).await);
    app.setup.context.advance(Duration::minutes(30));
    let head = app.head().await;
    resets(&app, &reset).await.expect_problem(404, "not-found");
    verifies(&app, &verification).await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head);
    let reset = forgets(&app, &alice, 3).await;
    // A link tells whole seconds.
    app.setup.context.advance(Duration::minutes(30) - Duration::SECOND);
    resets(&app, &reset).await.expect(204);
}

#[tokio::test]
async fn a_link_is_good_for_what_it_was_mailed_for() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let reset = forgets(&app, &alice, 1).await;
    alice.request("POST", "/v1/users/verification").send().await.expect(202);
    let verification = token(&app.mail_to(&alice.email, 2).await);
    let head = app.head().await;
    verifies(&app, &reset).await.expect_problem(404, "not-found");
    resets(&app, &verification).await.expect_problem(404, "not-found");
    for nothing in ["nonsense", "hr1_", &reset[..reset.len() - 1], &reset.to_uppercase()] {
        resets(&app, nothing).await.expect_problem(404, "not-found");
        verifies(&app, nothing).await.expect_problem(404, "not-found");
    }
    for both in [json!({"token": verification, "email": alice.email}), json!({"email": "nobody"})] {
        let answer = app.request("POST", "/v1/users/verification").json(&both).send().await;
        assert_eq!(answer.expect_problem(422, "invalid").body["errors"][0]["pointer"], "/email");
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_link_ends_with_the_email_or_the_password_that_it_was_mailed_for() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let (first, second) = (forgets(&app, &alice, 1).await, forgets(&app, &alice, 2).await);
    resets(&app, &second).await.expect(204);
    resets(&app, &first).await.expect_problem(404, "not-found");
    let bob = app.registers("bob").await;
    let reset = forgets(&app, &bob, 1).await;
    bob.put("/v1/users/me/email", json!({"email": "bob@example.com", "password": PASSWORD})).await.expect(204);
    resets(&app, &reset).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn a_link_to_a_new_password_is_none_for_the_suspended_and_the_erased() {
    let app = TestApp::without_nats().await;
    let (admin, alice) = (app.administrator("admin").await, app.registers("alice").await);
    let reset = forgets(&app, &alice, 1).await;
    admin.put(&of(&alice, "suspension"), json!({})).await.expect(204);
    resets(&app, &reset).await.expect_problem(404, "not-found");
    admin.delete(&of(&alice, "suspension")).await.expect(204);
    resets(&app, &reset).await.expect_problem(404, "not-found");
    let reset = forgets(&app, &alice, 2).await;
    resets(&app, &reset).await.expect(204);
    let bob = app.registers("bob").await;
    let reset = forgets(&app, &bob, 1).await;
    erases(&bob).await.expect(200);
    resets(&app, &reset).await.expect_problem(404, "not-found");
}
