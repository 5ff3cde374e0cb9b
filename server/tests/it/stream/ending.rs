//! What ends a stream.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, timeout};

use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Listener, Person, Setup, TestApp};

/// How soon a stream ends with its session.
const SOON: Duration = Duration::from_secs(1);

async fn ends_soon(listener: Listener) {
    let (code, _) = timeout(SOON, listener.ends()).await.expect("it ends within a second");
    assert_eq!(code, Some(4001));
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let app = TestApp::start().await;
    let alice = app.registers("alice").await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let (at_phone, mut at_desk) = (phone.listens().await, alice.listens().await);
    alice.delete(&format!("/v1/sessions/{}", phone.session())).await.expect(204);
    ends_soon(at_phone).await;
    assert_eq!(at_desk.hears_of("session_ended").await["data"], json!({"id": phone.session()}));
    phone.request("GET", "/v1/stream").send().await.expect_problem(401, "not-signed-in");
    alice.delete("/v1/sessions/current").await.expect(204);
    ends_soon(at_desk).await;
}

#[tokio::test]
async fn a_change_of_password_ends_the_others() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    let (at_phone, mut at_desk) = (phone.listens().await, alice.listens().await);
    let body = json!({"current": PASSWORD, "new": "another rather long one"});
    alice.put("/v1/users/me/password", body).await.expect(204);
    ends_soon(at_phone).await;
    let told = at_desk.hears_of("user_password_changed").await;
    assert_eq!(
        told["data"]["items"].as_array().unwrap().iter().map(|left| &left["id"]).collect::<Vec<_>>(),
        [&json!(alice.session())]
    );
    assert!(at_desk.until(app.head().await).await.is_empty());
}

#[tokio::test]
async fn whoever_signs_out_everywhere_else_stays_here() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let (phone, tablet) = (
        Person::signs_in(&app.url, &alice.email, PASSWORD).await,
        Person::signs_in(&app.url, &alice.email, PASSWORD).await,
    );
    let (at_phone, at_tablet, mut at_desk) = (phone.listens().await, tablet.listens().await, alice.listens().await);
    alice.delete("/v1/sessions").await.expect(204);
    ends_soon(at_phone).await;
    ends_soon(at_tablet).await;
    let told = at_desk.hears_of("user_sessions_revoked").await;
    let left = alice.get("/v1/sessions").await.expect(200).items().to_vec();
    assert_eq!(left.len(), 1);
    for field in ["id", "ip", "created_at", "expires_at"] {
        assert_eq!(told["data"]["items"][0][field], left[0][field], "{field}");
    }
    assert_eq!(told["data"]["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn who_forgot_their_password_and_chose_another_is_out_everywhere() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let at_alice = alice.listens().await;
    app.request("POST", "/v1/password-resets").json(&json!({"email": alice.email})).send().await.expect(202);
    let path = format!("/v1/password-resets/{}", token(&app.mail_to(&alice.email, 1).await));
    app.request("PUT", &path).json(&json!({"password": "another rather long one"})).send().await.expect(204);
    ends_soon(at_alice).await;
}

#[tokio::test]
async fn a_stream_ends_when_its_session_runs_out() {
    let app = Setup::without_nats().await.with_clock().flag("--session-lifetime=1s").start().await;
    let alice = app.registers("alice").await;
    let (listener, events) = (alice.listens().await, alice.request("GET", "/v1/stream").raw().send().await.unwrap());
    assert_eq!(listener.ends().await.0, Some(4001));
    events.text().await.unwrap();
    app.setup.context.advance(time::Duration::SECOND);
    alice.request("GET", "/v1/stream").send().await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn suspension_and_erasure_end_all() {
    let app = TestApp::without_nats().await;
    let admin = app.administrator("admin").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    let (at_bob, at_carol) = (bob.listens().await, carol.listens().await);
    admin.put(&format!("/v1/users/{}/suspension", bob.id), json!({})).await.expect(204);
    ends_soon(at_bob).await;
    carol.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD})).send().await.expect(200);
    ends_soon(at_carol).await;
}

#[tokio::test]
async fn a_session_that_another_process_ends_ends_here() {
    let setup = Setup::new().await;
    let (one, other) = (setup.spawn().await, setup.spawn_with(&["--roles=query-api"]).await);
    let alice = one.registers("alice").await;
    let listener = alice.at(&other.url).listens().await;
    alice.delete("/v1/sessions/current").await.expect(204);
    ends_soon(listener).await;
}

#[tokio::test]
async fn a_process_that_stops_says_so() {
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn().await;
    let alice = process.registers("alice").await;
    let listener = alice.listens().await;
    let events = alice.request("GET", "/v1/stream").raw().send().await.unwrap();
    let began = Instant::now();
    process.signal("TERM").await;
    assert_eq!(listener.ends().await.0, Some(1012));
    events.text().await.unwrap();
    assert!(process.ends().await.success());
    assert!(began.elapsed() < Duration::from_secs(5), "nobody is waited for");
    assert_eq!(process.complaints().await, Vec::<serde_json::Value>::new());
}
