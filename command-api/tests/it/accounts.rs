//! Accounts: made, changed, proven.

use api_kit::{Context, LimitSettings, Rate};
use command_api::accounts::{NewAccount, Password};
use domain::id::UserId;
use domain::user::InstanceRole;
use event_store::Request;
use serde_json::json;

use crate::app::{App, PASSWORD};

#[tokio::test]
async fn somebody_makes_an_account() {
    let app = App::new().await;
    let body = json!({"email": "Ada@Example.org", "password": PASSWORD, "display_name": " Ada "});
    let answer = app.call("POST", "/v1/users").json(&body).send().await.is(201);
    assert_eq!(answer.header("location"), Some(format!("/v1/users/{}", answer.text("id")).as_str()));
    assert_eq!((answer.body["position"].as_i64(), answer.position()), (Some(1), 1));

    let event = app.events(0).await.remove(0);
    assert_eq!(event.stream(), format!("user-{}", answer.text("id")));
    assert_eq!(event.metadata().unwrap().actor_id.map(|id| id.to_string()), Some(answer.text("id")));
    for secret in ["Ada", "ada@", "Example", "argon2", PASSWORD] {
        assert!(!event.payload.contains(secret), "{secret} in {}", event.payload);
    }
    app.done().await;
}

#[tokio::test]
async fn an_email_belongs_to_one_account_whatever_its_case() {
    let app = App::new().await;
    app.person("ada").await;
    let body = json!({"email": " ADA@example.org ", "password": PASSWORD, "display_name": "Eve"});
    app.call("POST", "/v1/users").json(&body).send().await.problem(409, "email-taken");
    assert_eq!(app.head().await.position, 2, "an account and a session");
    app.done().await;
}

#[tokio::test]
async fn what_an_account_cannot_be_is_refused_before_anything_is_hashed() {
    let app = App::new().await;
    let register = |email: &str, password: &str, name: &str| {
        let body = json!({"email": email, "password": password, "display_name": name});
        app.call("POST", "/v1/users").json(&body).send()
    };
    for email in ["", "ada", "@example.org", "ada@", "a da@example.org", &format!("{}@example.org", "a".repeat(250))] {
        register(email, PASSWORD, "Ada").await.invalid("/email");
    }
    for password in ["seven77", "Password123", "1Q2W3E4R", &"x".repeat(1025)] {
        register("ada@example.org", password, "Ada").await.invalid("/password");
    }
    for name in ["", "   ", "Ada\u{7}", &"a".repeat(101)] {
        register("ada@example.org", PASSWORD, name).await.invalid("/display_name");
    }
    let unknown = json!({"email": "a@b.c", "password": PASSWORD, "display_name": "A", "admin": true});
    app.call("POST", "/v1/users").json(&unknown).send().await.invalid("/admin");
    app.call("POST", "/v1/users").json(&json!({"email": "a@b.c"})).send().await.problem(422, "invalid");
    assert_eq!((app.hasher.computed(), app.head().await.position), (0, 0));
    app.done().await;
}

#[tokio::test]
async fn somebody_changes_their_name() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let patch = |body| app.by(&ada, "PATCH", "/v1/users/me").json(&body);

    let answer = patch(json!({"display_name": "Countess"})).send().await.is(200);
    assert_eq!(answer.body["display_name"], "Countess");
    assert_eq!((answer.body["email"].as_str(), answer.body["version"].as_i64()), (Some(&*ada.email), Some(2)));
    assert_eq!(answer.header("etag"), Some("\"v2\""));
    assert_eq!((answer.position(), answer.body["position"].as_i64()), (3, Some(3)));

    let same = patch(json!({"display_name": "Countess", "avatar_file_id": null})).send().await.is(200);
    assert_eq!((same.position(), app.head().await.position), (3, 3), "nothing changed: the newest that it rests on");
    patch(json!({})).send().await.is(200);

    patch(json!({"display_name": "Eve"})).if_version(1).send().await.problem(412, "version-mismatch");
    patch(json!({"display_name": "Lovelace"})).if_version(2).send().await.is(200);
    patch(json!({"display_name": ""})).send().await.invalid("/display_name");
    patch(json!({"display_name": null})).send().await.invalid("/display_name");
    let file = "01890a5d-ac96-774b-bcce-b302099a8057";
    patch(json!({"avatar_file_id": file})).send().await.invalid("/avatar_file_id");
    app.done().await;
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let (other, _) = app.signs_in(&ada.email).await;
    let new = "another unheard-of one";
    let change = |body| app.by(&ada, "PUT", "/v1/users/me/password").json(&body);

    change(json!({"current": "wrong one", "new": new})).send().await.invalid("/current");
    change(json!({"current": PASSWORD, "new": "password1"})).send().await.invalid("/new");
    let body = json!({"current": PASSWORD, "new": new});
    change(body.clone()).if_version(7).send().await.problem(412, "version-mismatch");
    let changed = change(body.clone()).key("change").send().await.is(204);
    let again = change(body).key("change").send().await.is(204);
    assert!(again.is_replay() && again.position() == changed.position());

    app.call("PATCH", "/v1/users/me").token(&other).json(&json!({})).send().await.problem(401, "not-signed-in");
    app.by(&ada, "PATCH", "/v1/users/me").json(&json!({})).send().await.is(200);
    app.sign_in(&ada.email, PASSWORD).await.problem(401, "wrong-credentials");
    app.sign_in(&ada.email, new).await.is(201);
    app.done().await;
}

#[tokio::test]
async fn settings_are_replaced_as_a_whole() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let put_to = |version, body| app.by(&ada, "PUT", "/v1/users/me/settings").if_version(version).json(&body).send();
    let put = |body| app.by(&ada, "PUT", "/v1/users/me/settings").json(&body).send();

    let before = app.head().await.position;
    assert_eq!(put(json!({"theme": "dark", "deep": [1, {"two": 2.5}]})).await.is(204).position(), before + 1);
    put(json!({"theme": "dark", "deep": [1, {"two": 2.5}]})).await.is(204);
    assert_eq!(app.types(before).await, ["settings_updated"]);
    put_to(0, json!({"theme": "light"})).await.problem(412, "version-mismatch");
    put_to(1, json!({"theme": "light"})).await.is(204);
    put(json!(["theme"])).await.invalid("");
    put(json!({"much": "x".repeat(16 * 1024)})).await.invalid("");
    put(json!({"nul": "\u{0}"})).await.invalid("/nul");
    app.done().await;
}

#[tokio::test]
async fn the_operator_makes_accounts_and_sets_passwords() {
    let app = App::new().await;
    let request = || Request::unasked(Context::ambient().new_id(), app.context.now());
    let id = UserId(app.context.new_id());
    let (email, display_name) = ("ada@example.org".to_owned(), "Ada".to_owned());
    let account = NewAccount { id, email, display_name, password: None, answered_for: true };
    assert_eq!(app.accounts.register(&request(), account.clone()).await.unwrap().value, id);
    assert_eq!(app.types(0).await, ["user_registered", "user_email_verified"]);
    assert!(app.accounts.has_proven_email(&request(), id).await.unwrap());
    let refused = app.accounts.register(&request(), NewAccount { id: UserId(app.context.new_id()), ..account }).await;
    assert_eq!(refused.unwrap_err().slug(), "email-taken");
    assert_eq!(app.accounts.find("ADA@example.org").await.unwrap(), Some(id));
    assert_eq!(app.accounts.find("eve@example.org").await.unwrap(), None);

    app.sign_in("ada@example.org", PASSWORD).await.problem(401, "wrong-credentials");
    let password = Password::from(PASSWORD.to_owned());
    app.accounts.set_password(&request(), id, &password).await.unwrap();
    let (token, _) = app.signs_in("ada@example.org").await;

    let patch = || app.call("PATCH", "/v1/users/me").token(&token).json(&json!({})).send();
    app.accounts.grant_role(&request(), id, InstanceRole::Auditor).await.unwrap();
    assert_eq!(patch().await.is(200).body["roles"], json!(["auditor"]));
    app.accounts.set_password(&request(), id, &password).await.unwrap();
    patch().await.problem(401, "not-signed-in");

    let nobody = app.accounts.set_password(&request(), UserId(app.context.new_id()), &password).await;
    assert_eq!(nobody.unwrap_err().slug(), "not-found");
    app.done().await;
}

#[tokio::test]
async fn whose_an_email_is_nobody_knows_who_only_sees_it_typed() {
    let app = App::new().await;
    let ada = app.person("ada").await;
    let request = Request::unasked(Context::ambient().new_id(), app.context.now());
    let is_proven = || app.accounts.has_proven_email(&request, ada.id.parse().unwrap());
    assert!(!is_proven().await.unwrap());
    app.by(&ada, "POST", "/v1/users/verification").send().await.is(202);
    let (_, token) = app.mailed().await;
    app.call("POST", "/v1/users/verification").json(&json!({"token": token})).send().await.is(204);
    assert!(is_proven().await.unwrap());
    app.done().await;
}

#[tokio::test]
async fn registrations_are_limited_by_address() {
    let app = App::limited(LimitSettings { address: Rate::per_minute(2), ..LimitSettings::OFF }).await;
    let register = || app.call("POST", "/v1/users").json(&json!({"email": "a", "password": "b", "display_name": "c"}));
    register().send().await.is(422);
    assert_eq!(register().send().await.is(422).header("ratelimit-remaining"), Some("0"));
    let refused = register().send().await.problem(429, "rate-limited");
    assert!(refused.header("retry-after").is_some());
    app.done().await;
}
