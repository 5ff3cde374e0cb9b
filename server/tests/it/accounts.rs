//! Accounts: what commands make of them, as queries show it.

mod invited;
mod pictures;
mod refused;

use serde_json::{Value, json};

use crate::cli::piped;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp};

/// A code that nobody made.
const NO_INVITE: &str = "AAAAAAAAAAAAAAAAAAAAUA";

#[tokio::test]
async fn everyone_sees_a_name_and_oneself_the_email() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let own = alice.get("/v1/users/me").await.expect(200).body;
    assert_eq!(
        (&own["display_name"], &own["email"], &own["roles"]),
        (&json!("alice"), &json!(alice.email), &json!([]))
    );
    let seen = bob.get(&format!("/v1/users/{}", alice.id)).await.expect(200).body;
    assert_eq!(seen["display_name"], "alice");
    assert!(seen.get("email").is_none() && seen.get("roles").is_none(), "{seen}");
}

#[tokio::test]
async fn a_changed_profile_is_answered_as_it_is_queried() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let changed = alice.patch("/v1/users/me", json!({"display_name": "Alice L."})).await.expect(200);
    let queried = alice.get("/v1/users/me").await.expect(200);
    assert_eq!(changed.header("etag"), queried.header("etag"));
    let mut body = changed.body.clone();
    assert_eq!(body.as_object_mut().unwrap().remove("position"), changed.position().map(Into::into));
    assert_eq!(body, queried.body);
    assert_eq!(body["display_name"], "Alice L.");

    let stale =
        alice.request("PATCH", "/v1/users/me").header("if-match", "\"v1\"").json(&json!({"display_name": "Eve"}));
    stale.send().await.expect_problem(412, "version-mismatch");
    let fresh = alice.request("PATCH", "/v1/users/me").header("if-match", queried.header("etag").unwrap());
    fresh.json(&json!({"display_name": "Alice"})).send().await.expect(200);
}

#[tokio::test]
async fn settings_are_kept_as_they_were_put() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    assert_eq!(alice.get("/v1/users/me/settings").await.expect(200).body, json!({}));
    let settings = json!({"theme": "dark", "nested": {"numbers": [1, 2.5, -3e10], "nothing": null}, "ключ": "🗝"});
    alice.put("/v1/users/me/settings", settings.clone()).await.expect(204);
    let queried = alice.get("/v1/users/me/settings").await.expect(200);
    assert_eq!(queried.body, settings);
    let put = |etag: &str| alice.request("PUT", "/v1/users/me/settings").header("if-match", etag).json(&json!({}));
    put("\"v9\"").send().await.expect_problem(412, "version-mismatch");
    put(queried.header("etag").unwrap()).send().await.expect(204);
}

#[tokio::test]
async fn a_new_password_ends_every_other_session_everywhere() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let elsewhere = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    elsewhere.get("/v1/users/me").await.expect(200);
    let new = json!({"current": PASSWORD, "new": "another rather long one"});
    alice
        .put("/v1/users/me/password", json!({"current": "a wrong one", "new": new["new"]}))
        .await
        .expect_problem(422, "invalid");
    alice.put("/v1/users/me/password", new).await.expect(204);
    elsewhere.request("GET", "/v1/users/me").send().await.expect_problem(401, "not-signed-in");
    alice.get("/v1/users/me").await.expect(200);
    Person::signs_in(&app.url, &alice.email, "another rather long one").await.get("/v1/users/me").await.expect(200);
}

#[tokio::test]
async fn where_registration_is_closed_the_operator_makes_accounts() {
    let app = Setup::without_nats().await.flag("--registration=closed").start().await;
    let body = json!({"email": "alice@example.org", "password": PASSWORD, "display_name": "Alice"});
    for code in [Value::Null, json!("no code"), json!(NO_INVITE)] {
        let mut body = body.clone();
        body["invite_code"] = code;
        app.request("POST", "/v1/users").json(&body).send().await.expect_problem(403, "registration-closed");
    }
    assert_eq!(app.head().await, 0);
    let made = piped(&app.setup, &["admin", "create-user", "alice@example.org"], PASSWORD).await;
    assert!(made.status.success(), "{made:?}");
    Person::signs_in(&app.url, "alice@example.org", PASSWORD).await.get("/v1/users/me").await.expect(200);
    app.request("POST", "/v1/users").json(&body).send().await.expect_problem(403, "registration-closed");
}

#[tokio::test]
async fn where_registration_is_by_invite_an_invite_lets_one_in_and_is_used_up() {
    let app = Setup::without_nats().await.flag("--registration=invite").start().await;
    let made = piped(&app.setup, &["admin", "create-user", "alice@example.org"], PASSWORD).await;
    assert!(made.status.success(), "{made:?}");
    let alice = Person::signs_in(&app.url, "alice@example.org", PASSWORD).await;
    let room = alice.creates_room("Lobby").await;
    let invite = alice.post(&room.path("/invites"), json!({"max_uses": 1})).await.expect(201);
    let code = invite.body["code"].as_str().unwrap().to_owned();
    let register = |name: &str, code: Value| {
        let email = format!("{name}@example.org");
        let body = json!({"email": email, "password": PASSWORD, "display_name": name, "invite_code": code});
        app.request("POST", "/v1/users").header("idempotency-key", name).json(&body).send()
    };
    let wrong = |answer: crate::harness::Answer| {
        let refused = answer.expect_problem(422, "invalid");
        assert_eq!(refused.body["errors"][0]["pointer"], "/invite_code");
    };
    let head = app.head().await;
    wrong(register("bob", Value::Null).await);
    wrong(register("bob", json!("no code")).await);
    wrong(register("bob", json!("AAAAAAAAAAAAAAAAAAAAAA")).await);
    // Without an invite nobody learns who has an account.
    let told = |mut answer: crate::harness::Answer| {
        answer.body["request_id"].take();
        (answer.status, answer.body)
    };
    for nothing in [Value::Null, json!("no code"), json!(NO_INVITE)] {
        let (taken, free) = (register("alice", nothing.clone()).await, register("bob", nothing).await);
        wrong(taken.clone());
        assert_eq!(told(taken), told(free));
    }
    let (one, other) = tokio::join!(register("bob", json!(code)), register("carol", json!(code)));
    let (winner, won, lost) = if one.status == 201 { ("bob", one, other) } else { ("carol", other, one) };
    lost.expect_problem(409, "invite-spent");
    // Nor with one that is spent.
    let (taken, free) = (register("alice", json!(code)).await, register("dora", json!(code)).await);
    assert_eq!(told(taken.expect_problem(409, "invite-spent")), told(free));
    let again = register(winner, json!(code)).await.expect(201);
    assert_eq!((again.id(), again.header("idempotent-replayed")), (won.id(), Some("true")));
    assert_eq!(app.head().await, head + 3, "an account, an invite that is used, and a member");
    let winner = Person::signs_in(&app.url, &format!("{winner}@example.org"), PASSWORD).await;
    winner.sends(&room, "let in").await;
    assert_eq!(winner.reads(&room).await, ["let in"]);
}
