//! Names, pictures, emails, passwords and sessions, and what administrators do to accounts.

use serde_json::json;

use crate::administration::of;
use crate::harness::mail::token;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

/// A password that somebody has for a while.
const ANOTHER: &str = "another rather long one";

/// Alice has another name and a picture, proves her email, and is signed in in several places for a while.
pub(super) async fn alice_shows_who_she_is(app: &TestApp, alice: &Person) {
    let picture = alice.uploads("alice.png", "a picture").await;
    for change in [json!({"display_name": "Alice L."}), json!({"avatar_file_id": picture})] {
        alice.patch("/v1/users/me", change).await.expect(200);
    }
    alice.put("/v1/users/me/settings", json!({"theme": "dark", "sizes": [1, 2]})).await.expect(204);
    app.verifies(alice).await;
    let phone = Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    phone.delete("/v1/sessions/current").await.expect(204);
    Person::signs_in(&app.url, &alice.email, PASSWORD).await;
    alice.delete("/v1/sessions").await.expect(204);
}

/// Bob changes his password, and back, and his email; himself under that.
pub(super) async fn bob_moves(app: &TestApp, bob: &Person) -> Person {
    for (current, new) in [(PASSWORD, ANOTHER), (ANOTHER, PASSWORD)] {
        bob.put("/v1/users/me/password", json!({"current": current, "new": new})).await.expect(204);
    }
    let email = "bob@example.com";
    bob.put("/v1/users/me/email", json!({"email": email, "password": PASSWORD})).await.expect(204);
    Person::signs_in(&app.url, email, PASSWORD).await
}

/// Carol forgets her password, and comes in by mail; herself after that.
pub(super) async fn carol_forgets(app: &TestApp, carol: &Person) -> Person {
    app.request("POST", "/v1/password-resets").json(&json!({"email": carol.email})).send().await.expect(202);
    let path = format!("/v1/password-resets/{}", token(&app.mail_to(&carol.email, 1).await));
    app.request("PUT", &path).json(&json!({"password": ANOTHER})).send().await.expect(204);
    let carol = Person::signs_in(&app.url, &carol.email, ANOTHER).await;
    carol.put("/v1/users/me/password", json!({"current": ANOTHER, "new": PASSWORD})).await.expect(204);
    carol
}

/// Bob and Carol want to hear nothing of Dave, and Carol thinks better of it.
pub(super) async fn people_are_blocked(bob: &Person, carol: &Person, dave: &Person) {
    let block = format!("/v1/users/me/blocks/{}", dave.id);
    for person in [bob, carol] {
        person.put(&block, json!({})).await.expect(204);
    }
    carol.delete(&block).await.expect(204);
}

/// Two make Ada an auditor: the administrator, and Dave, who is one for so long. He is suspended for a moment; himself
/// after that.
pub(super) async fn administrators_act(app: &TestApp, admin: &Person, ada: &Person, dave: &Person) -> Person {
    let (administers, audits) = (of(dave, "roles/admin"), of(ada, "roles/auditor"));
    admin.put(&administers, json!({})).await.expect(204);
    admin.put(&audits, json!({})).await.expect(202);
    dave.put(&audits, json!({})).await.expect(204);
    admin.delete(&administers).await.expect(204);
    let suspension = of(dave, "suspension");
    admin.put(&suspension, json!({"reason": "a mistake"})).await.expect(204);
    admin.delete(&suspension).await.expect(204);
    Person::signs_in(&app.url, &dave.email, PASSWORD).await
}
