//! Sessions: listed, ended, and what a browser holds of them.

use api_kit::Timestamp;
use serde_json::{Value, json};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Setup, TestApp};

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one_or_all_but_one() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let (phone, laptop) = (
        Person::signs_in(&app.url, &alice.email, PASSWORD).await,
        Person::signs_in(&app.url, &alice.email, PASSWORD).await,
    );
    let sessions = laptop.get("/v1/sessions").await.expect(200).items().to_vec();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions.iter().filter(|session| session["current"] == true).count(), 1);
    let current = |person: &Person| {
        let person = person.clone();
        async move {
            let list = person.get("/v1/sessions").await.expect(200);
            let current = list.items().iter().find(|session| session["current"] == true).unwrap();
            current["id"].as_str().unwrap().to_owned()
        }
    };

    laptop.delete(&format!("/v1/sessions/{}", current(&phone).await)).await.expect(204);
    phone.request("GET", "/v1/sessions").send().await.expect_problem(401, "not-signed-in");
    laptop.delete("/v1/sessions").await.expect(204);
    alice.request("GET", "/v1/sessions").send().await.expect_problem(401, "not-signed-in");
    assert_eq!(laptop.get("/v1/sessions").await.expect(200).items().len(), 1);
    laptop.delete("/v1/sessions/current").await.expect(204);
    laptop.request("GET", "/v1/sessions").send().await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn a_session_tells_from_where_with_what_and_when_one_came() {
    let app = Setup::without_nats().await.with_clock().start().await;
    let alice = app.registers("alice").await;
    let pass = || {
        app.setup.context.advance(Duration::MINUTE);
        json!(Timestamp(app.setup.context.now()))
    };
    let body = json!({"email": alice.email, "password": PASSWORD});
    let phone = app.request("POST", "/v1/sessions").header("user-agent", "Phone/7 (of Alice's)").json(&body);
    let (came, phone, asks) = (pass(), phone.send().await.expect(201), pass());
    let phone = format!("Bearer {}", phone.body["token"].as_str().unwrap());
    app.settled().await;
    let list = app.request("GET", "/v1/sessions").header("authorization", &phone).send().await.expect(200);
    let [this, first] = list.items() else { panic!("{}", list.text) };
    assert_eq!((&this["ip"], &this["user_agent"]), (&json!("127.0.0.1"), &json!("Phone/7 (of Alice's)")));
    assert_eq!((&this["created_at"], &this["last_seen_at"], &this["current"]), (&came, &asks, &json!(true)));
    assert_eq!((&first["id"], &first["current"]), (&json!(alice.session()), &json!(false)));
    assert_ne!(first["created_at"], came);
    // Who it is that asks is another's to say.
    let list = alice.get("/v1/sessions").await.expect(200);
    let current: Vec<_> = list.items().iter().map(|session| session["current"].clone()).collect();
    assert_eq!(current, [false, true]);
    assert_eq!(list.items()[0]["user_agent"], "Phone/7 (of Alice's)");
}

#[tokio::test]
async fn a_proxy_says_where_one_came_from_if_it_is_trusted_and_nobody_else_does() {
    let trusting = |proxies: &str| Some(format!("--trusted-proxies={proxies}"));
    let (another, this) = (trusting("192.0.2.0/24"), trusting("127.0.0.1/32"));
    for (flag, from) in [(None, "127.0.0.1"), (another, "127.0.0.1"), (this, "203.0.113.9")] {
        let mut setup = Setup::without_nats().await;
        if let Some(flag) = &flag {
            setup = setup.flag(flag);
        }
        let app = setup.start().await;
        let alice = app.registers("alice").await;
        let body = json!({"email": alice.email, "password": PASSWORD});
        let phone = app.request("POST", "/v1/sessions").header("x-forwarded-for", "198.51.100.7, 203.0.113.9");
        phone.json(&body).send().await.expect(201);
        app.settled().await;
        let list = alice.get("/v1/sessions").await.expect(200);
        let [phone, first] = list.items() else { panic!("{}", list.text) };
        assert_eq!((&phone["ip"], &first["ip"]), (&json!(from), &json!("127.0.0.1")), "{flag:?}");
    }
}

#[tokio::test]
async fn nobody_learns_whether_an_account_is_there_or_ends_anothers_session() {
    let app = TestApp::without_nats().await;
    let (alice, eve) = (app.registers("alice").await, app.registers("eve").await);
    let tell = |mut answer: Answer| {
        answer.body["request_id"] = Value::Null;
        (answer.status, answer.body)
    };
    let wrong = |email: &str, password: &str| {
        let request = app.request("POST", "/v1/sessions").json(&json!({"email": email, "password": password}));
        async move { tell(request.send().await.expect_problem(401, "wrong-credentials")) }
    };
    assert_eq!(wrong(&alice.email, "not hers").await, wrong("nobody@example.org", PASSWORD).await);

    let sessions = alice.get("/v1/sessions").await.expect(200);
    let hers = format!("/v1/sessions/{}", sessions.items()[0]["id"].as_str().unwrap());
    let nobodys = "/v1/sessions/01900000-0000-7000-8000-000000000000";
    assert_eq!(tell(eve.delete(&hers).await.expect(404)), tell(eve.delete(nobodys).await.expect(404)));
    alice.get("/v1/users/me").await.expect(200);
}

#[tokio::test]
async fn a_browser_signs_in_with_a_cookie_on_its_own_machine() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let body = json!({"email": alice.email, "password": PASSWORD, "cookie": true});
    let answer = app.request("POST", "/v1/sessions").json(&body).send().await.expect(201);
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("session=hs1_"), "{cookie}");

    let by_cookie = |method: &str, path: &str| app.request(method, path).header("cookie", &cookie);
    app.settled().await;
    assert_eq!(by_cookie("GET", "/v1/users/me").send().await.expect(200).body["email"], alice.email);
    by_cookie("DELETE", "/v1/sessions/current").send().await.expect_problem(403, "csrf");
    for origin in ["http://elsewhere.example", "https://elsewhere.example", "null"] {
        let elsewhere = by_cookie("DELETE", "/v1/sessions/current").header("origin", origin);
        elsewhere.send().await.expect_problem(403, "csrf");
    }
    let ended = by_cookie("DELETE", "/v1/sessions/current").header("origin", &app.url).send().await.expect(204);
    assert!(ended.header("set-cookie").unwrap().starts_with("session=; "));
    by_cookie("GET", "/v1/users/me").send().await.expect(401);
}

/// When a session was seen, as far as that was written down.
async fn seen(setup: &Setup, person: &Person) -> Option<OffsetDateTime> {
    let pool = PgPool::connect_lazy(&setup.superuser_url).unwrap();
    let seen = sqlx::query_scalar("select seen_at from observed.session where id = $1").bind(person.session());
    seen.fetch_optional(&pool).await.unwrap()
}

#[tokio::test]
async fn a_session_that_only_commands_is_seen_where_no_queries_are_answered_too() {
    let setup = Setup::without_nats().await;
    for roles in ["--roles=command-api", "--roles=command-api,query-api,projector"] {
        let mut process = setup.spawn_with(&[roles]).await;
        let (name, began) = (format!("alice{}", roles.len()), setup.context.now());
        let alice = process.registers(&name).await;
        let idle = Person::signs_in(&process.url, &alice.email, PASSWORD).await;
        let room = alice.creates_room("general").await;
        alice.sends(&room, "hello").await;
        process.signal("TERM").await;
        assert!(process.ends().await.success());
        assert!(seen(&setup, &alice).await >= Some(began), "{roles}");
        assert_eq!(seen(&setup, &idle).await, None, "{roles}: signing in is told by itself");
    }
}

#[tokio::test]
async fn a_session_that_only_listens_is_seen_for_as_long_as_it_does() {
    let setup = Setup::without_nats().await;
    let mut process = setup.spawn().await;
    let alice = process.registers("alice").await;
    let mut listener = alice.listens().await;
    let opened = setup.context.now();
    // Times are of milliseconds: what it says next is said in a later one.
    while setup.context.now() == opened {}
    listener.until(listener.ready).await;
    process.signal("TERM").await;
    assert!(process.ends().await.success());
    assert!(seen(&setup, &alice).await > Some(opened));
}
