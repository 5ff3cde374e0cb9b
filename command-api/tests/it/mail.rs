//! What is mailed, and what it proves for how long.

use std::sync::atomic::Ordering;

use api_kit::{LimitSettings, Rate};
use serde_json::json;
use time::Duration;

use crate::app::{App, PASSWORD, Person};
use crate::call::Answer;

const NEW: &str = "another unheard-of one";

async fn forgets(app: &App, email: &str) -> Answer {
    app.call("POST", "/v1/password-resets").json(&json!({"email": email})).send().await
}

async fn chooses(app: &App, token: &str, password: &str) -> Answer {
    app.call("PUT", &format!("/v1/password-resets/{token}")).json(&json!({"password": password})).send().await
}

async fn verifies(app: &App, token: &str) -> Answer {
    app.call("POST", "/v1/users/verification").json(&json!({"token": token})).send().await
}

async fn changes_email(app: &App, person: &Person, email: &str, password: &str) -> Answer {
    let body = json!({"email": email, "password": password});
    app.by(person, "PUT", "/v1/users/me/email").json(&body).send().await
}

#[tokio::test]
async fn a_mailed_link_lets_choose_a_password_once_and_within_half_an_hour() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let before = app.head().await;
    forgets(&app, " ADA@example.org ").await.is(202);
    let (to, token) = app.mailed().await;
    assert_eq!((to, app.head().await), (ada.email.clone(), before), "nothing is on record until it is used");

    app.context.advance(Duration::minutes(30));
    chooses(&app, &token, NEW).await.problem(404, "not-found");
    forgets(&app, &ada.email).await.is(202);
    let (_, token) = app.mailed().await;
    app.context.advance(Duration::minutes(29));
    let hashes = app.hasher.computed();
    chooses(&app, &token, "password1").await.invalid("/password");
    chooses(&app, "hr1_made_up", NEW).await.problem(404, "not-found");
    chooses(&app, &token.replace("hr1_", "hv1_"), NEW).await.problem(404, "not-found");
    assert_eq!(app.hasher.computed(), hashes);
    let position = app.head().await.position;
    let chosen = chooses(&app, &token, NEW).await.is(204);
    assert_eq!(app.types(position).await, ["user_password_reset", "user_email_verified"]);
    let actor = app.events(chosen.position() - 1).await[0].metadata().unwrap().actor_id;
    assert_eq!(actor.map(|id| id.to_string()), Some(ada.id.clone()));

    let hashes = app.hasher.computed();
    chooses(&app, &token, PASSWORD).await.problem(404, "not-found");
    assert_eq!(app.hasher.computed(), hashes, "what is refused anyway costs no hash");
    app.by(&ada, "PATCH", "/v1/users/me").json(&json!({})).send().await.problem(401, "not-signed-in");
    app.sign_in(&ada.email, PASSWORD).await.problem(401, "wrong-credentials");
    app.sign_in(&ada.email, NEW).await.is(201);
    app.done().await;
}

#[tokio::test]
async fn of_two_links_the_first_that_is_used_ends_the_other() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    forgets(&app, &ada.email).await.is(202);
    let (_, first) = app.mailed().await;
    app.context.advance(Duration::SECOND);
    forgets(&app, &ada.email).await.is(202);
    let (_, second) = app.mailed().await;
    assert_ne!(first, second);
    let (one, other) = tokio::join!(chooses(&app, &first, NEW), chooses(&app, &second, NEW));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 404]);
    app.done().await;
}

#[tokio::test]
async fn a_retried_choice_is_answered_as_it_was() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    forgets(&app, &ada.email).await.is(202);
    let (_, token) = app.mailed().await;
    let path = format!("/v1/password-resets/{token}");
    let choose = |password: &str| app.call("PUT", &path).key("choice").json(&json!({"password": password})).send();
    let first = choose(NEW).await.is(204);
    let again = choose(NEW).await.is(204);
    assert!(again.is_replay() && again.position() == first.position());
    choose(PASSWORD).await.problem(422, "idempotency-key-reused");
    app.done().await;
}

#[tokio::test]
async fn whatever_ends_sessions_ends_links_too() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let link = async || {
        forgets(&app, &ada.email).await.is(202);
        app.mailed().await.1
    };
    let token = link().await;
    app.by(&ada, "DELETE", "/v1/sessions").send().await.is(204);
    chooses(&app, &token, NEW).await.problem(404, "not-found");
    let token = link().await;
    changes_email(&app, &ada, "ada@example.com", PASSWORD).await.is(204);
    chooses(&app, &token, NEW).await.problem(404, "not-found");
    changes_email(&app, &ada, &ada.email, PASSWORD).await.is(204);
    chooses(&app, &token, NEW).await.problem(404, "not-found");
    app.done().await;
}

#[tokio::test]
async fn an_email_is_verified_by_who_reads_it() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let ask = || app.by(&ada, "POST", "/v1/users/verification").send();
    let verified = async || {
        let me = app.by(&ada, "PATCH", "/v1/users/me").json(&json!({})).send().await.is(200);
        me.body["email_verified"].as_bool().unwrap()
    };
    assert_eq!(ask().await.is(202).header("event-position"), None);
    let (to, late) = app.mailed().await;
    assert_eq!(to, ada.email);
    app.context.advance(Duration::minutes(30));
    verifies(&app, &late).await.problem(404, "not-found");
    app.call("POST", "/v1/users/verification").json(&json!({"email": ada.email})).send().await.is(202);
    let (_, token) = app.mailed().await;
    verifies(&app, &token.replace("hv1_", "hr1_")).await.problem(404, "not-found");
    chooses(&app, &token, NEW).await.problem(404, "not-found");
    assert!(!verified().await);
    verifies(&app, &token).await.is(204);
    assert!(verified().await);
    verifies(&app, &token).await.problem(404, "not-found");
    ask().await.is(204);

    changes_email(&app, &ada, "ada@example.com", PASSWORD).await.is(204);
    assert!(!verified().await);
    verifies(&app, &token).await.problem(404, "not-found");
    ask().await.is(202);
    let (to, token) = app.mailed().await;
    assert_eq!(to, "ada@example.com");
    verifies(&app, &token).await.is(204);
    app.done().await;
}

#[tokio::test]
async fn verification_takes_a_token_or_an_email_or_somebody_who_is_signed_in() {
    let app = App::new().await;
    let ask = |body| app.call("POST", "/v1/users/verification").json(&body).send();
    ask(json!({})).await.problem(401, "not-signed-in");
    app.call("POST", "/v1/users/verification").send().await.problem(401, "not-signed-in");
    ask(json!({"token": "x", "email": "ada@example.org"})).await.invalid("/email");
    ask(json!({"email": "ada"})).await.invalid("/email");
    ask(json!({"token": "hv1_x"})).await.problem(404, "not-found");
    ask(json!({"tokn": "hv1_x"})).await.invalid("/tokn");
    forgets(&app, "ada").await.invalid("/email");
    app.done().await;
}

#[tokio::test]
async fn what_was_put_off_is_not_mailed_to_an_email_that_was_given_up_meanwhile() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    app.puts_off.store(true, Ordering::SeqCst);
    for person in [&ada, &eve] {
        forgets(&app, &person.email).await.is(202);
    }
    let mut tried = [app.put_off().await.to, app.put_off().await.to];
    tried.sort_unstable();
    assert_eq!(tried, [ada.email.clone(), eve.email.clone()]);
    changes_email(&app, &ada, "ada@example.com", PASSWORD).await.is(204);
    app.puts_off.store(false, Ordering::SeqCst);
    assert_eq!(app.last_letters().await, [eve.email]);
    app.done().await;
}

#[tokio::test]
async fn strangers_are_answered_as_people_are_and_nobody_is_mailed() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let before = app.head().await;
    for path in ["/v1/password-resets", "/v1/users/verification"] {
        let ask = |email: &str| app.call("POST", path).json(&json!({"email": email})).send();
        let (stranger, known) = (ask("eve@example.org").await.is(202), ask(&ada.email).await.is(202));
        let told = |answer: &Answer| {
            let mut headers = answer.headers.clone();
            headers.remove("x-request-id");
            (headers, answer.body.clone())
        };
        assert_eq!(told(&stranger), told(&known));
        assert_eq!(app.letter().await.to, ada.email, "hers is the first: nobody wrote to eve");
    }
    assert_eq!(app.head().await, before);
    app.done().await;
}

#[tokio::test]
async fn mails_are_limited_by_email_and_by_address_whether_or_not_they_are_sent() {
    let app = App::limited(LimitSettings {
        account_mail: Rate::per_hour(2),
        address_mail: Rate::per_hour(5),
        ..LimitSettings::OFF
    });
    let app = app.await;
    let ada = app.person("ada").await;
    for email in [&*ada.email, "eve@example.org"] {
        assert_eq!(forgets(&app, email).await.is(202).header("ratelimit-remaining"), Some("1"));
        app.call("POST", "/v1/users/verification").json(&json!({"email": email})).send().await.is(202);
        if email == ada.email {
            forgets(&app, email).await.problem(429, "rate-limited");
        }
    }
    forgets(&app, "bob@example.org").await.problem(429, "rate-limited");
    app.done().await;
}

#[tokio::test]
async fn an_email_is_changed_with_the_password_and_given_back() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    changes_email(&app, &ada, "ada", PASSWORD).await.invalid("/email");
    changes_email(&app, &ada, "ada@example.com", "not her password").await.invalid("/password");
    changes_email(&app, &ada, " EVE@example.org", PASSWORD).await.problem(409, "email-taken");
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let change = || app.by(&ada, "PUT", "/v1/users/me/email").key("change").json(&body);
    change().if_version(7).send().await.problem(412, "version-mismatch");
    let first = change().if_version(1).send().await.is(204);
    let again = change().send().await.is(204);
    assert!(again.is_replay() && again.position() == first.position());

    app.sign_in(&ada.email, PASSWORD).await.problem(401, "wrong-credentials");
    app.sign_in("ADA@example.com", PASSWORD).await.is(201);
    changes_email(&app, &eve, &ada.email, PASSWORD).await.is(204);
    changes_email(&app, &ada, &ada.email, PASSWORD).await.problem(409, "email-taken");
    let position = app.head().await.position;
    changes_email(&app, &ada, "Ada@Example.com", PASSWORD).await.is(204);
    changes_email(&app, &ada, "Ada@Example.com", PASSWORD).await.is(204);
    assert_eq!(app.types(position).await, ["user_email_changed"], "another spelling once, the same never");
    changes_email(&app, &eve, "ada@example.com", PASSWORD).await.problem(409, "email-taken");
    app.done().await;
}

#[tokio::test]
async fn of_two_who_want_an_email_at_once_one_gets_it() {
    let app = App::new().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let (one, other) = tokio::join!(
        changes_email(&app, &ada, "wanted@example.org", PASSWORD),
        changes_email(&app, &eve, "Wanted@example.org", PASSWORD)
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    app.done().await;
}
