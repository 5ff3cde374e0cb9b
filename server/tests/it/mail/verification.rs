//! Whoever reads the mail to an address has it verified.

use serde_json::json;

use crate::harness::TestApp;
use crate::harness::mail::token;
use crate::harness::person::PASSWORD;

#[tokio::test]
async fn an_email_is_verified_and_unverified_again_when_it_changes() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["email_verified"], false);
    assert!(app.setup.mails().is_empty(), "nothing is mailed that nobody asked for");
    alice.request("POST", "/v1/users/verification").send().await.expect(202);
    let mail = app.mail_to(&alice.email, 1).await;
    let token = token(&mail);
    assert!(mail.contains(&format!("\r\nhttps://chat.example/verification/{token}\r\n")), "{mail}");
    let verify = || app.request("POST", "/v1/users/verification").json(&json!({"token": token})).send();
    verify().await.expect(204);
    app.settled().await;
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["email_verified"], true);
    verify().await.expect_problem(404, "not-found");

    let body = json!({"email": "alice@example.com", "password": PASSWORD});
    alice.put("/v1/users/me/email", body).await.expect(204);
    let me = alice.get("/v1/users/me").await.expect(200).body;
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("alice@example.com"), &json!(false)));
}

#[tokio::test]
async fn who_is_verified_already_is_not_mailed_and_nobody_sees_that() {
    let app = TestApp::without_nats().await;
    let (ada, bob) = (app.registers("ada").await, app.registers("bob").await);
    app.verifies(&ada).await;
    let head = app.head().await;
    let asks = |email: &str| app.request("POST", "/v1/users/verification").json(&json!({"email": email})).send();
    let stranger = asks("stranger@example.org").await.expect(202);
    for email in [&*ada.email, "ADA@Example.org", &bob.email] {
        let answer = asks(email).await.expect(202);
        assert_eq!((&*answer.text, answer.position()), ("", None), "{email}");
        assert!(answer.headers.keys().eq(stranger.headers.keys()), "{email}: {answer:?}");
    }
    // What was asked for before has been looked at by then.
    app.mail_to(&bob.email, 1).await;
    assert_eq!(app.setup.mails().len(), 2, "Ada's first, and Bob's");
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_changed_email_signs_in_and_the_old_one_is_free() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let change = |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        let alice = alice.clone();
        async move { alice.put("/v1/users/me/email", body).await }
    };
    change(&bob.email, PASSWORD).await.expect_problem(409, "email-taken");
    let refused = change("alice@example.com", "not hers").await.expect_problem(422, "invalid");
    assert_eq!(refused.body["errors"][0]["pointer"], "/password");
    change("no address", PASSWORD).await.expect_problem(422, "invalid");
    change("alice@example.com", PASSWORD).await.expect(204);
    alice.get("/v1/users/me").await.expect(200);
    let signs_in =
        |email: &str| app.request("POST", "/v1/sessions").json(&json!({"email": email, "password": PASSWORD})).send();
    signs_in(&alice.email).await.expect_problem(401, "wrong-credentials");
    signs_in("ALICE@example.com").await.expect(201);
    app.registers("alice").await;
}
