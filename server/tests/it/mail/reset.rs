//! Whoever forgot their password is mailed a link.

use serde_json::json;

use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

#[tokio::test]
async fn who_forgot_their_password_chooses_another_and_is_out_everywhere_else() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let forgets = app.request("POST", "/v1/password-resets").json(&json!({"email": "Alice@Example.org"}));
    let answer = forgets.send().await.expect(202);
    assert_eq!((answer.text.as_str(), answer.position()), ("", None));
    let mail = app.mail_to(&alice.email, 1).await;
    for line in ["From: Hansard <hansard@localhost>", "Subject: A new password", "Content-Transfer-Encoding: 7bit"] {
        assert!(mail.contains(&format!("{line}\r\n")), "{mail}");
    }
    let token = token(&mail);
    assert!(mail.contains(&format!("\r\nhttps://chat.example/password-resets/{token}\r\n")), "{mail}");

    let choose = |password: &str| {
        let path = format!("/v1/password-resets/{token}");
        app.request("PUT", &path).json(&json!({"password": password})).send()
    };
    choose("short").await.expect_problem(422, "invalid");
    choose("another rather long one").await.expect(204);
    alice.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
    alice.post("/v1/rooms", json!({"type": "group"})).await.expect_problem(401, "not-signed-in");
    choose("a third rather long one").await.expect_problem(404, "not-found");
    let body = json!({"email": alice.email, "password": PASSWORD});
    app.request("POST", "/v1/sessions").json(&body).send().await.expect_problem(401, "wrong-credentials");
    let alice = Person::signs_in(&app.url, &alice.email, "another rather long one").await;
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["email_verified"], true);
}

#[tokio::test]
async fn whoever_is_suspended_is_not_mailed_and_nobody_sees_who_asked() {
    let app = TestApp::without_nats().await;
    let (admin, bob, carol) =
        (app.administrator("admin").await, app.registers("bob").await, app.registers("carol").await);
    admin.put(&format!("/v1/users/{}/suspension", bob.id), json!({})).await.expect(204);
    app.settled().await;
    let seen = carol.get(&format!("/v1/users/{}", admin.id)).await.expect(200);
    let head = app.head().await;
    for email in [&bob.email, "stranger@example.org", &admin.email] {
        app.request("POST", "/v1/password-resets").json(&json!({"email": email})).send().await.expect(202);
    }
    app.mail_to(&admin.email, 1).await;
    assert_eq!(app.setup.mails().len(), 1);
    assert_eq!(app.head().await, head);
    let again = carol.get(&format!("/v1/users/{}", admin.id)).await.expect(200);
    assert_eq!((&seen.body, seen.position()), (&again.body, again.position()));
}
