//! Sessions: started, proven, ended.

use api_kit::{LimitSettings, Rate};
use serde_json::json;
use time::Duration;

use crate::app::{App, PASSWORD};
use crate::statements::statements_of;

#[tokio::test]
async fn somebody_signs_in() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let body = json!({"email": "ADA@example.org", "password": PASSWORD});
    let answer = app.call("POST", "/v1/sessions").header("user-agent", "Engine/1").json(&body).send().await.is(201);
    assert_eq!((answer.text("user_id"), answer.text("expires_at")), (ada.id, "2025-03-31T12:00:00.000Z".to_owned()));
    assert_eq!(answer.header("location"), Some(format!("/v1/sessions/{}", answer.text("session_id")).as_str()));
    assert_eq!(answer.header("set-cookie"), None);

    let event = app.events(answer.position() - 1).await.remove(0);
    assert_eq!(event.stream(), format!("session-{}", answer.text("session_id")));
    let secret = answer.text("token").rsplit('_').next().unwrap().to_owned();
    assert!(!event.payload.contains(&secret) && !event.payload.contains("Engine"));
    app.done().await;
}

#[tokio::test]
async fn wrong_email_and_wrong_password_are_the_same_after_the_same_reads_and_one_hash() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let (mut answers, mut reads) = (vec![], vec![]);
    for (email, password) in [(&*ada.email, "not her password"), ("eve@example.org", PASSWORD), ("no email", "x")] {
        // One that knows nothing of anybody at first; again, when it has looked once.
        let instance = app.another().await;
        let mut of_both = vec![];
        for _ in 0..2 {
            let before = instance.hasher.computed();
            let (answer, statements) = statements_of(instance.sign_in(email, password)).await;
            let answer = answer.problem(401, "wrong-credentials");
            assert_eq!(instance.hasher.computed() - before, 1, "one hash for {email}");
            let mut body = answer.body.clone();
            body.as_object_mut().unwrap().remove("request_id");
            answers.push((body, answer.header("www-authenticate").map(str::to_owned)));
            of_both.push(statements);
        }
        reads.push(of_both);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(reads.iter().all(|of_both| *of_both == reads[0]), "{reads:#?}");
    let looks_for = |what: &str, statements: &[(String, u64)]| statements.iter().any(|(text, _)| text.contains(what));
    assert!(reads[0].iter().all(|statements| looks_for("log.claims", statements)), "{reads:#?}");
    assert!(looks_for("keys.key", &reads[0][0]), "{reads:#?}");
    assert_eq!(app.head().await.position, 2);
    app.done().await;
}

#[tokio::test]
async fn only_the_token_of_an_open_session_signs_in() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let call = || app.call("PATCH", "/v1/users/me").json(&json!({}));
    call().send().await.problem(401, "not-signed-in");
    let (head, tail) = (&ada.token[..36], &eve.token[36..]);
    for token in ["", "hs1_x_y", &ada.token[..ada.token.len() - 1], &format!("{head}{tail}")] {
        call().token(token).send().await.problem(401, "not-signed-in");
    }
    call().header("authorization", &format!("Basic {}", ada.token)).send().await.problem(401, "not-signed-in");

    app.context.advance(Duration::days(30) - Duration::SECOND);
    call().token(&ada.token).send().await.is(200);
    app.context.advance(Duration::SECOND);
    call().token(&ada.token).send().await.problem(401, "not-signed-in");
    app.done().await;
}

#[tokio::test]
async fn a_session_is_ended_by_whom_it_belongs_to() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (token, session) = app.signs_in(&ada.email).await;
    let path = format!("/v1/sessions/{session}");

    let of_another = app.by(&eve, "DELETE", &path).send().await.problem(404, "not-found");
    let of_nobody = format!("/v1/sessions/{}", app.context.new_id());
    let unknown = app.by(&eve, "DELETE", &of_nobody).send().await.problem(404, "not-found");
    assert_eq!(of_another.body["detail"], unknown.body["detail"]);
    app.by(&eve, "DELETE", "/v1/sessions/nonsense").send().await.problem(404, "not-found");

    let ended = app.by(&ada, "DELETE", &path).send().await.is(204).position();
    assert_eq!(app.by(&ada, "DELETE", &path).send().await.is(204).position(), ended, "ended already");
    app.call("DELETE", "/v1/sessions/current").token(&token).send().await.problem(401, "not-signed-in");

    app.by(&ada, "DELETE", "/v1/sessions/current").send().await.is(204);
    app.by(&ada, "DELETE", "/v1/sessions/current").send().await.problem(401, "not-signed-in");
    app.done().await;
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let (older, _) = app.signs_in(&ada.email).await;
    app.by(&ada, "DELETE", "/v1/sessions").send().await.is(204);
    let alive = |token: &str| app.call("PATCH", "/v1/users/me").token(token).json(&json!({})).send();
    alive(&older).await.is(401);
    alive(&ada.token).await.is(200);

    let (newer, _) = app.signs_in(&ada.email).await;
    app.call("DELETE", "/v1/sessions").token(&newer).send().await.is(204);
    alive(&ada.token).await.is(401);
    alive(&newer).await.is(200);
    app.done().await;
}

#[tokio::test]
async fn a_browser_gets_a_cookie_and_loses_it() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let body = json!({"email": ada.email, "password": PASSWORD, "cookie": true});
    let start = |host: &str| app.call("POST", "/v1/sessions").header("host", host).json(&body).send();
    let cookie = start("chat.example.org").await.is(201).header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("__Host-session=hs1_"), "{cookie}");
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=2592000"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(start("127.0.0.1:8080").await.is(201).header("set-cookie").unwrap().starts_with("session=hs1_"));

    let pair = cookie.split(';').next().unwrap();
    let end = || {
        let call = app.call("DELETE", "/v1/sessions/current");
        call.header("host", "chat.example.org").header("cookie", pair)
    };
    end().send().await.problem(403, "csrf");
    end().header("sec-fetch-site", "cross-site").send().await.problem(403, "csrf");
    let ended = end().header("origin", "https://chat.example.org").send().await.is(204);
    assert!(ended.header("set-cookie").unwrap().starts_with("__Host-session=; Path=/; Max-Age=0"));
    end().header("sec-fetch-site", "same-origin").send().await.is(401);
    app.done().await;
}

#[tokio::test]
async fn sign_ins_are_limited_by_account_whether_or_not_it_is_there() {
    let app = App::limited(LimitSettings { account_sign_in: Rate::per_minute(2), ..LimitSettings::OFF }).await;
    let ada = app.person("ada").await; // who signed in once
    for (email, left) in [(&*ada.email, 1), ("eve@example.org", 2)] {
        for _ in 0..left {
            app.sign_in(email, "not her password").await.problem(401, "wrong-credentials");
        }
        let before = app.hasher.computed();
        app.sign_in(email, PASSWORD).await.problem(429, "rate-limited");
        assert_eq!(app.hasher.computed(), before);
    }
    app.done().await;
}

#[tokio::test]
async fn commands_are_limited_by_user_and_counted_once() {
    let app = App::limited(LimitSettings { user: Rate::per_minute(3), ..LimitSettings::OFF }).await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let rename =
        |person, name: &str| app.by(person, "PATCH", "/v1/users/me").json(&json!({"display_name": name})).send();
    for (name, left) in [("one", "2"), ("one", "1"), ("two", "0")] {
        assert_eq!(rename(&ada, name).await.is(200).header("ratelimit-remaining"), Some(left));
    }
    rename(&ada, "three").await.problem(429, "rate-limited");
    rename(&eve, "one").await.is(200);
    app.done().await;
}

#[tokio::test]
async fn guesses_of_tokens_are_limited_by_address() {
    let app = App::limited(LimitSettings { address: Rate::per_minute(3), ..LimitSettings::OFF }).await;
    let ada = app.person("ada").await; // whose registration was one
    let rename =
        |token: &str| app.call("PATCH", "/v1/users/me").token(token).json(&json!({"display_name": "Eve"})).send();
    let made_up = format!("hs1_{:032x}{}", 7, &ada.token[36..]); // well-formed, of no session
    for _ in 0..2 {
        rename(&made_up).await.is(401);
    }
    rename(&made_up).await.problem(429, "rate-limited");
    rename(&ada.token).await.is(200);
    app.done().await;
}
