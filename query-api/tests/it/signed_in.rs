//! Who is signed in, and what they see of themselves.

use axum::body::Body;
use axum::http::Request;
use domain::session::{Session, SessionEvent};
use futures::StreamExt;
use serde_json::json;

use crate::world::{Person, World};

#[tokio::test]
async fn only_the_token_of_an_open_session_signs_in() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    world.get(&alice, "/v1/users/me").await.expect(200);

    let nobody = world.send(Request::get("/v1/users/me").body(Body::empty()).unwrap()).await;
    nobody.expect_problem(401, "not-signed-in");
    // The same session with another secret, and no session at all.
    for session in [alice.token.session, world.context.new_id()] {
        let token = api_kit::Token::new(session, &world.context);
        let guess = Person { token, ..alice.clone() };
        world.get(&guess, "/v1/users/me").await.expect_problem(401, "not-signed-in");
    }

    let session = alice.token.session;
    world.append::<Session>(&session.to_string(), vec![SessionEvent::SessionEnded], Some(alice.id), None).await;
    world.sql("update read.session set ended = true, version = 2 where id = $1", session).await;
    world.catch_up().await;
    world.get(&alice, "/v1/users/me").await.expect_problem(401, "not-signed-in");
    world.end().await;
}

#[tokio::test]
async fn sessions_of_an_older_generation_are_dead_but_the_kept_one_and_expired_ones_too() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let phone = Person { token: world.signs_in(alice.id).await, ..alice.clone() };
    let old = Person { token: world.signs_in(alice.id).await, ..alice.clone() };
    world.catch_up().await;
    world.sql("update read.session set expires_at = now() where id = $1", old.token.session).await;
    world.get(&old, "/v1/users/me").await.expect_problem(401, "not-signed-in");
    assert_eq!(world.get(&alice, "/v1/sessions").await.expect(200).items().len(), 2);

    sqlx::query("update read.account set generation = 1, kept_session = $1")
        .bind(phone.token.session)
        .execute(&world.pool)
        .await
        .unwrap();
    world.get(&alice, "/v1/users/me").await.expect_problem(401, "not-signed-in");
    let sessions = world.get(&phone, "/v1/sessions").await.expect(200);
    assert_eq!(sessions.each("/id"), [json!(phone.token.session)]);
    assert_eq!(sessions.each("/current"), [json!(true)]);
    assert_eq!(sessions.each("/ip"), [json!("192.0.2.1")]);
    world.end().await;
}

#[tokio::test]
async fn one_sees_ones_email_and_others_do_not() {
    let world = World::new().await;
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let me = world.get(&alice, "/v1/users/me").await.expect(200);
    assert_eq!((&me.body["email"], &me.body["roles"]), (&json!("alice@example.org"), &json!([])));
    assert_eq!(me.header("etag"), Some("\"v1\""));
    let seen = world.get(&bob, &format!("/v1/users/{}", alice.id)).await.expect(200);
    assert_eq!(seen.body["display_name"], "alice");
    assert!(!seen.text.contains("example.org") && seen.body.get("roles").is_none());
    world.get(&bob, &format!("/v1/users/{}", world.context.new_id())).await.expect_problem(404, "not-found");
    world.get(&bob, "/v1/users/alice").await.expect_problem(404, "not-found");
    assert_eq!(world.get(&bob, "/v1/users/me/settings").await.expect(200).body, json!({}));
    world.end().await;
}

#[tokio::test]
async fn the_version_is_told_and_head_sends_no_body() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let me = world.get(&alice, "/v1/users/me").await.expect(200);
    assert_eq!(me.header("etag"), Some("\"v1\""));
    let head = Request::head("/v1/users/me").header("authorization", format!("Bearer {}", alice.token.text()));
    let head = world.send(head.body(Body::empty()).unwrap()).await.expect(200);
    assert_eq!((head.text.as_str(), head.header("etag")), ("", Some("\"v1\"")));
    world.end().await;
}

#[tokio::test]
async fn a_session_was_last_seen_when_it_last_asked() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let phone = Person { token: world.signs_in(alice.id).await, ..alice.clone() };
    world.signs_in(alice.id).await; // and never asks
    world.catch_up().await;
    world.get(&phone, "/v1/users/me").await.expect(200);
    for _ in 0..2 {
        world.observes_sessions().await;
        let sessions = world.get(&alice, "/v1/sessions").await.expect(200);
        let seen = sessions.each("/last_seen_at");
        assert_eq!(seen[0], sessions.each("/created_at")[0]);
        assert!(seen[1].as_str() > sessions.each("/created_at")[1].as_str(), "{seen:?}");
        assert!(seen[1].as_str() <= seen[2].as_str());
    }
    world.end().await;
}

#[tokio::test]
async fn an_export_of_ones_own_ends_with_its_session() {
    let world = World::new().await;
    let alice = world.person("alice").await;
    let whole = world.begin(&alice, "/v1/users/me/export", &[]).await.into_body().into_data_stream();
    assert!(whole.all(async |piece| piece.is_ok_and(|piece| !piece.is_empty())).await);
    let mut pieces = world.begin(&alice, "/v1/users/me/export", &[]).await.into_body().into_data_stream();
    assert!(pieces.next().await.unwrap().is_ok());
    world.append::<Session>(&alice.token.session.to_string(), vec![SessionEvent::SessionEnded], None, None).await;
    assert!(pieces.next().await.unwrap().is_err());
    world.end().await;
}
