//! What an account cannot be, and who does not get in.

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::request::{Request, client};
use crate::harness::{Setup, Spawned, TestApp};

/// Somebody to be registered, with some fields different.
fn somebody(changes: &Value) -> Value {
    let mut body = json!({"email": "new@example.org", "password": PASSWORD, "display_name": "New"});
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    body
}

#[tokio::test]
async fn what_is_no_account_is_not_registered() {
    let app = TestApp::without_nats().await;
    let head = app.head().await;
    for (changes, pointer) in [
        (json!({"email": "nobody"}), "/email"),
        (json!({"email": "@example.org"}), "/email"),
        (json!({"email": "new@"}), "/email"),
        (json!({"email": "n ew@example.org"}), "/email"),
        (json!({"email": format!("{}@example.org", "x".repeat(243))}), "/email"),
        (json!({"email": null}), "/email"),
        (json!({"email": "new\0@example.org"}), "/email"),
        (json!({"password": "7 bytes"}), "/password"),
        (json!({"password": "x".repeat(1025)}), "/password"),
        (json!({"password": "Password1"}), "/password"),
        (json!({"password": 12_345_678}), "/password"),
        (json!({"display_name": " "}), "/display_name"),
        (json!({"display_name": "x".repeat(101)}), "/display_name"),
        (json!({"display_name": "two\nlines"}), "/display_name"),
        (json!({"roles": ["admin"]}), "/roles"),
    ] {
        let answer = app.request("POST", "/v1/users").json(&somebody(&changes)).send().await;
        answer.expect_invalid(pointer);
    }
    for missing in ["email", "password", "display_name"] {
        let mut body = somebody(&json!({}));
        body.as_object_mut().unwrap().remove(missing);
        app.request("POST", "/v1/users").json(&body).send().await.expect_invalid(&format!("/{missing}"));
    }
    assert_eq!(app.head().await, head);
    let longest = json!({"email": format!("{}@example.org", "x".repeat(242)), "display_name": "x".repeat(100)});
    app.request("POST", "/v1/users").json(&somebody(&longest)).send().await.expect(201);
}

#[tokio::test]
async fn an_email_is_of_one_account_however_it_is_written() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let register = async |email: &str, key: &str| {
        let request = app.request("POST", "/v1/users").header("idempotency-key", key);
        request.json(&somebody(&json!({"email": email}))).send().await
    };
    for (number, email) in [&*alice.email, "ALICE@example.org", " alice@Example.ORG "].into_iter().enumerate() {
        register(email, &format!("other-{number}")).await.expect_problem(409, "email-taken");
    }
    // The same key for another email is another key.
    let (bob, carol) = (register("bob@example.org", "new").await, register("carol@example.org", "new").await);
    assert_ne!(bob.expect(201).id(), carol.expect(201).id());
    let again = register("bob@example.org", "new").await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = app.request("POST", "/v1/users").header("idempotency-key", "new");
    let other = other.json(&somebody(&json!({"email": "bob@example.org", "display_name": "Bob"}))).send().await;
    other.expect_problem(422, "idempotency-key-reused");
}

/// Two processes on one database, each with one of them.
#[tokio::test]
async fn of_two_who_register_an_email_at_once_one_does() {
    let setup = Setup::without_nats().await;
    let servers = [setup.spawn().await, setup.spawn().await];
    for number in 0..4 {
        let body = somebody(&json!({"email": format!("new{number}@example.org")}));
        let register =
            |server: &Spawned| Request::new(&client(), "POST", &format!("{}/v1/users", server.url)).json(&body).send();
        let (one, other) = tokio::join!(register(&servers[0]), register(&servers[1]));
        let (won, lost) = if one.status == 201 { (one, other) } else { (other, one) };
        won.expect(201);
        lost.expect_problem(409, "email-taken");
    }
    let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    let made = sqlx::query_scalar::<_, i64>("select count(*) from log.events where event_type = 'user_registered'");
    assert_eq!(made.fetch_one(&pool).await.unwrap(), 4);
}

#[tokio::test]
async fn what_is_no_profile_password_or_setting_changes_nothing() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let head = app.head().await;
    let nothing = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (method, path, body, pointer) in [
        ("PATCH", "/v1/users/me", json!({"display_name": null}), "/display_name"),
        ("PATCH", "/v1/users/me", json!({"display_name": ""}), "/display_name"),
        ("PATCH", "/v1/users/me", json!({"display_name": "x".repeat(101)}), "/display_name"),
        ("PATCH", "/v1/users/me", json!({"avatar_file_id": nothing}), "/avatar_file_id"),
        ("PATCH", "/v1/users/me", json!({"email": "other@example.org"}), "/email"),
        ("PUT", "/v1/users/me/password", json!({"current": PASSWORD, "new": "short"}), "/new"),
        ("PUT", "/v1/users/me/password", json!({"current": PASSWORD, "new": "x".repeat(1025)}), "/new"),
        ("PUT", "/v1/users/me/password", json!({"current": PASSWORD, "new": "password1"}), "/new"),
        ("PUT", "/v1/users/me/password", json!({"current": PASSWORD}), "/new"),
        ("PUT", "/v1/users/me/password", json!({"new": "another rather long one"}), "/current"),
        ("PUT", "/v1/users/me/email", json!({"email": "other@example.org", "password": "not hers"}), "/password"),
        ("PUT", "/v1/users/me/email", json!({"email": "nobody", "password": PASSWORD}), "/email"),
        ("PUT", "/v1/users/me/settings", json!({"theme": "x".repeat(16 * 1024)}), ""),
        ("PUT", "/v1/users/me/settings", json!({"theme": "a\0"}), "/theme"),
        ("DELETE", "/v1/users/me", json!({"password": "not hers"}), "/password"),
        ("DELETE", "/v1/users/me", json!({}), "/password"),
    ] {
        alice.request(method, path).json(&body).send().await.expect_invalid(pointer);
    }
    assert_eq!(app.head().await, head);
    let empty = alice.patch("/v1/users/me", json!({})).await.expect(200);
    assert_eq!((app.head().await, &empty.body["display_name"]), (head, &json!("alice")));
    // To the byte: `{"theme":""}` is twelve.
    alice.put("/v1/users/me/settings", json!({"theme": "x".repeat(16 * 1024 - 12)})).await.expect(204);
}

#[tokio::test]
async fn who_asks_which_addresses_are_taken_is_told_to_wait() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-address=4/min").start().await;
    let alice = app.registers("alice").await;
    let register = |email: &str| app.request("POST", "/v1/users").json(&somebody(&json!({"email": email}))).send();
    for left in ["2", "1", "0"] {
        let taken = register(&alice.email).await.expect_problem(409, "email-taken");
        assert_eq!((taken.header("ratelimit-limit"), taken.header("ratelimit-remaining")), (Some("4"), Some(left)));
    }
    let head = app.head().await;
    for email in [&*alice.email, "free@example.org"] {
        let refused = register(email).await.expect_problem(429, "rate-limited");
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn who_tries_passwords_is_told_to_wait() {
    let setup = Setup::without_nats().await.limited().flag("--rate-limit-account-sign-in=3/min");
    let app = setup.start().await;
    let alice = app.registers("alice").await;
    let tries = |password: &str| {
        let body = json!({"email": alice.email, "password": password});
        app.request("POST", "/v1/sessions").json(&body).send()
    };
    for left in ["1", "0"] {
        let wrong = tries("not hers").await.expect_problem(401, "wrong-credentials");
        assert_eq!((wrong.header("ratelimit-limit"), wrong.header("ratelimit-remaining")), (Some("3"), Some(left)));
    }
    // The right one too: else who guesses would know.
    for password in ["not hers", PASSWORD] {
        let refused = tries(password).await.expect_problem(429, "rate-limited");
        let seconds = |name: &str| refused.header(name).unwrap_or_else(|| panic!("{name}")).parse::<u64>().unwrap();
        assert!((1..=60).contains(&seconds("retry-after")) && (1..=60).contains(&seconds("ratelimit-reset")));
        assert_eq!(refused.header("ratelimit-remaining"), Some("0"));
    }
    let other = json!({"email": "nobody@example.org", "password": PASSWORD});
    app.request("POST", "/v1/sessions").json(&other).send().await.expect_problem(401, "wrong-credentials");
    let me = alice.get("/v1/users/me").await.expect(200);
    assert_eq!(me.header("ratelimit-limit"), Some("1200"), "who is signed in has a limit of their own");
}

/// As often as there are sign-ins: else whoever sits at somebody's open session would guess here.
#[tokio::test]
async fn who_tries_passwords_while_signed_in_is_told_to_wait() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-account-sign-in=3/h").start().await;
    let eve = app.registers("eve").await;
    let (free, new) = ("free@example.org", "another rather long one");
    let change = |email: &str, password: &str| json!({"email": email, "password": password});
    let choose = |current: &str| json!({"current": current, "new": new});
    let wrong = "not theirs";
    for (name, method, path, body, right, (status, slug)) in [
        (
            "alice",
            "PUT",
            "/v1/users/me/email",
            change(&eve.email, PASSWORD),
            change(free, PASSWORD),
            (409, "email-taken"),
        ),
        ("bob", "PUT", "/v1/users/me/email", change(free, wrong), change(free, PASSWORD), (422, "invalid")),
        ("carol", "PUT", "/v1/users/me/password", choose(wrong), choose(PASSWORD), (422, "invalid")),
        ("dave", "DELETE", "/v1/users/me", json!({"password": wrong}), json!({"password": PASSWORD}), (422, "invalid")),
    ] {
        let person = app.registers(name).await;
        let head = app.head().await;
        let asks = |body: &Value| person.request(method, path).json(body).send();
        for left in ["2", "1", "0"] {
            let refused = asks(&body).await.expect_problem(status, slug);
            assert_eq!(refused.header("ratelimit-remaining"), Some(left), "{name}, {path}");
        }
        // The right one too: else who guesses would know.
        for body in [&body, &right] {
            let refused = asks(body).await.expect_problem(429, "rate-limited");
            assert!(refused.header("retry-after").is_some(), "{name}, {path}: {refused:?}");
        }
        assert_eq!(app.head().await, head, "{name}, {path}");
        person.get("/v1/users/me").await.expect(200);
    }
}

#[tokio::test]
async fn who_guesses_what_was_mailed_is_told_to_wait() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-address=5/h").start().await;
    let alice = app.registers("alice").await;
    alice.request("POST", "/v1/users/verification").send().await.expect(202);
    let verification = token(&app.mail_to(&alice.email, 1).await);
    app.request("POST", "/v1/password-resets").json(&json!({"email": alice.email})).send().await.expect(202);
    let reset = token(&app.mail_to(&alice.email, 2).await);
    let verifies = |token: &str| app.request("POST", "/v1/users/verification").json(&json!({"token": token})).send();
    let resets = |token: &str| {
        let body = json!({"password": "another rather long one"});
        app.request("PUT", &format!("/v1/password-resets/{token}")).json(&body).send()
    };
    let head = app.head().await;
    for left in [["3", "2"], ["1", "0"]] {
        let guesses = [verifies("hv1_guessed").await, resets("hr1_guessed").await];
        for (guess, left) in guesses.into_iter().zip(left) {
            let refused = guess.expect_problem(404, "not-found");
            assert_eq!(refused.header("ratelimit-remaining"), Some(left), "{refused:?}");
        }
    }
    for mailed in [verifies(&verification).await, resets(&reset).await] {
        let refused = mailed.expect_problem(429, "rate-limited");
        assert!(refused.header("retry-after").is_some(), "{refused:?}");
    }
    assert_eq!(app.head().await, head);
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["email_verified"], false);
}

#[tokio::test]
async fn who_asks_too_often_is_refused_before_anything_is_looked_up() {
    let app = Setup::without_nats().await.limited().flag("--rate-limit-user=2/h").start().await;
    let alice = app.registers("alice").await;
    for _ in 0..2 {
        alice.get("/v1/users/me").await.expect(200);
    }
    alice.get("/v1/users/me").await.expect_problem(429, "rate-limited");
    let rename = async |from: &str, to: &str| {
        let statement = format!("alter table log.{from} rename to {to}");
        sqlx::query(&statement).execute(&app.pool).await.unwrap();
    };
    for (from, to) in [("head", "no_head"), ("events", "no_events")] {
        rename(from, to).await;
    }
    alice.get("/v1/users/me").await.expect_problem(429, "rate-limited");
    alice.patch("/v1/users/me", json!({"display_name": "Al"})).await.expect_problem(429, "rate-limited");
}
