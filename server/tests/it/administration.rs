//! Administrators: what they do to accounts, and that nobody else does it.

mod admins;
mod auditors;
mod suspension;

use serde_json::{Value, json};

use crate::harness::{Answer, Person, TestApp};

/// An address below somebody's account.
pub(crate) fn of(person: &Person, below: &str) -> String {
    format!("/v1/users/{}/{below}", person.id)
}

fn without_request_id(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body["request_id"].take();
    body
}

#[tokio::test]
async fn whoever_is_no_administrator_learns_nothing_not_even_who_is_there() {
    let app = TestApp::without_nats().await;
    let (admin, eve) = (app.administrator("admin").await, app.registers("eve").await);
    let nobody = "01900000-0000-7000-8000-000000000000";
    let before = app.head().await;
    for below in ["suspension", "roles/admin", "roles/auditor"] {
        for method in ["PUT", "DELETE"] {
            let asks = |person: &Person, id: String| person.request(method, &format!("/v1/users/{id}/{below}")).send();
            let refused = asks(&eve, nobody.to_owned()).await.expect_problem(403, "forbidden");
            for id in [admin.id, eve.id] {
                let answer = asks(&eve, id.to_string()).await.expect_problem(403, "forbidden");
                assert_eq!(without_request_id(&answer), without_request_id(&refused), "{method} {below}");
            }
            asks(&admin, nobody.to_owned()).await.expect_problem(404, "not-found");
            asks(&admin, "eve".to_owned()).await.expect_problem(404, "not-found");
            app.request(method, &of(&eve, below)).send().await.expect_problem(401, "not-signed-in");
        }
    }
    assert_eq!(app.head().await, before);
}

#[tokio::test]
async fn administrators_see_what_they_administer_and_others_do_not() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    let path = format!("/v1/users/{}", bob.id);
    let seen = admin.get(&path).await.expect(200).body;
    let nothing = json!({"roles": [], "suspended": false, "auditor_proposed": null});
    assert_eq!(seen["administration"], nothing);
    admin.put(&of(&bob, "suspension"), json!({})).await.expect(204);
    admin.put(&of(&bob, "roles/auditor"), json!({})).await.expect_problem(409, "user-suspended");
    assert_eq!(admin.get(&path).await.expect(200).body["administration"]["suspended"], true);
    let carol = app.registers("carol").await;
    assert!(carol.get(&path).await.expect(200).body.get("administration").is_none());
    assert!(admin.get("/v1/users/me").await.expect(200).body.get("administration").is_none());
}

#[tokio::test]
async fn a_version_that_was_not_seen_is_not_acted_upon() {
    let app = TestApp::without_nats().await;
    let (admin, bob) = (app.administrator("admin").await, app.registers("bob").await);
    for (method, below) in [
        ("PUT", "suspension"),
        ("DELETE", "suspension"),
        ("PUT", "roles/admin"),
        ("DELETE", "roles/admin"),
        ("PUT", "roles/auditor"),
        ("DELETE", "roles/auditor"),
    ] {
        let asked = |tag: &str| admin.request(method, &of(&bob, below)).header("if-match", tag).send();
        asked("\"v99\"").await.expect_problem(412, "version-mismatch");
    }
    let seen = admin.get(&format!("/v1/users/{}", bob.id)).await.expect(200);
    let suspend = admin.request("PUT", &of(&bob, "suspension")).header("if-match", seen.header("etag").unwrap());
    suspend.send().await.expect(204);
}
