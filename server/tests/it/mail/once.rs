//! A mail that was asked for with an `Idempotency-Key` is not sent again, nor to somebody else, and the key's receipt does not
//! tell whom it was for.

use serde_json::json;

use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Setup, TestApp};

/// What receipts of before are changed by.
const BLANKED: &str = include_str!("../../../../migrations/0017_receipts.sql");

/// Asks, signed in, for one's email to be verified.
async fn asks(person: &Person, key: &str) -> Answer {
    person.request("POST", "/v1/users/verification").header("idempotency-key", key).send().await
}

async fn receipts(app: &TestApp) -> Vec<String> {
    sqlx::query_scalar("select answer::text from log.receipts order by key").fetch_all(&app.pool).await.unwrap()
}

#[tokio::test]
async fn who_has_an_email_now_is_not_mailed_what_another_asked_for() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let first = asks(&alice, "one").await.expect(202);
    app.mail_to("alice@example.org", 1).await;
    alice.put("/v1/users/me/email", json!({"email": "alice@example.com", "password": PASSWORD})).await.expect(204);
    app.registers("alice").await;
    let again = asks(&alice, "one").await.expect(202);
    assert_eq!((again.header("idempotent-replayed"), again.position()), (Some("true"), first.position()));
    let another = asks(&alice, "another").await.expect(202);
    assert_eq!(another.header("idempotent-replayed"), None);
    app.mail_to("alice@example.com", 1).await;
    assert_eq!(app.setup.mails().len(), 2);
}

#[tokio::test]
async fn a_receipt_says_whether_there_was_something_to_verify_and_no_more() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    asks(&alice, "unverified").await.expect(202);
    let token = token(&app.mail_to(&alice.email, 1).await);
    let verify = app.request("POST", "/v1/users/verification").json(&json!({"token": token}));
    verify.send().await.expect(204);
    for replayed in [None, Some("true")] {
        assert_eq!(asks(&alice, "verified").await.expect(204).header("idempotent-replayed"), replayed);
    }
    assert_eq!(asks(&alice, "unverified").await.expect(202).header("idempotent-replayed"), Some("true"));
    assert_eq!(receipts(&app).await, [r#"{"verified":false}"#, r#"{"verified":true}"#]);
}

/// A receipt that held the email has lost it, and is answered as before.
#[tokio::test]
async fn receipts_of_before_are_blanked_and_answered() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let (other, refused) = (asks(&alice, "another").await.expect(202), asks(&alice, "refused").await.expect(202));
    let first = asks(&alice, "one").await.expect(202);
    for (key, answer) in [("one", r#"["alice@example.org",false]"#), ("refused", "[null,false]")] {
        let held = "update log.receipts set answer = $2::text::json where key = 'key/' || $1";
        let changed = sqlx::query(held).bind(key).bind(answer).execute(&app.pool).await.unwrap();
        assert_eq!(changed.rows_affected(), 1);
    }
    sqlx::raw_sql(BLANKED).execute(&app.pool).await.unwrap();
    assert!(receipts(&app).await.iter().all(|answer| !answer.contains('@')));
    for (key, before) in [("one", first), ("another", other)] {
        let again = asks(&alice, key).await.expect(202);
        assert_eq!((again.header("idempotent-replayed"), again.position()), (Some("true"), before.position()));
    }
    let forgotten = asks(&alice, "refused").await.expect(202);
    assert_eq!((forgotten.header("idempotent-replayed"), forgotten.position()), (None, refused.position()));
}

#[tokio::test]
async fn what_is_too_much_is_not_remembered() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-account-mail=1/h").start().await;
    let alice = app.registers("alice").await;
    let forgets = |key: &str| {
        let request = app.request("POST", "/v1/password-resets").header("idempotency-key", key);
        request.json(&json!({"email": alice.email})).send()
    };
    forgets("first").await.expect(202);
    forgets("second").await.expect_problem(429, "rate-limited");
    asks(&alice, "third").await.expect_problem(429, "rate-limited");
    assert_eq!(receipts(&app).await, ["null"]);
}
