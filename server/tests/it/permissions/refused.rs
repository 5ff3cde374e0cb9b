//! Who may not say what others may do.

use serde_json::{Value, json};

use super::moderated;
use crate::harness::{Answer, TestApp};

fn role(rank: i32, allow: &[&str]) -> Value {
    json!({"name": "Helper", "rank": rank, "permissions": {"allow": allow, "deny": []}})
}

#[tokio::test]
async fn nobody_reaches_as_high_as_they_stand() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    let helper = alice.defines(&room, "Helper", 1, &[]).await;
    let pinner = alice.defines(&room, "Pinner", 1, &["pin_messages"]).await;
    let outranked = |answer: Answer| drop(answer.expect_problem(403, "outranked"));
    let (roles, moderators) = (room.path("/roles"), room.path(&format!("/roles/{moderator}")));

    outranked(bob.post(&roles, role(10, &[])).await);
    outranked(bob.post(&roles, role(9, &["pin_messages"])).await);
    outranked(bob.patch(&moderators, json!({"name": "Boss"})).await);
    outranked(bob.patch(&room.path(&format!("/roles/{helper}")), json!({"rank": 10})).await);
    let pins = json!({"permissions": {"allow": ["pin_messages"]}});
    outranked(bob.patch(&room.path(&format!("/roles/{helper}")), pins).await);
    outranked(bob.delete(&moderators).await);
    outranked(bob.gives(&room, &eve, &[moderator]).await);
    outranked(bob.gives(&room, &eve, &[pinner]).await);
    outranked(bob.gives(&room, &alice, &[helper]).await);
    outranked(bob.gives(&room, &bob, &[]).await);
    alice.gives(&room, &eve, &[moderator]).await.expect(200);
    outranked(bob.gives(&room, &eve, &[helper]).await);

    bob.post(&roles, role(9, &["invite_members"])).await.expect(201);
    bob.gives(&room, &bob, &[moderator, helper]).await.expect(200);
}

#[tokio::test]
async fn who_lacks_manage_roles_says_nothing_of_roles() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    let path = room.path(&format!("/roles/{moderator}"));
    eve.post(&room.path("/roles"), role(0, &[])).await.expect_problem(403, "forbidden");
    eve.patch(&path, json!({"rank": 1})).await.expect_problem(403, "forbidden");
    eve.delete(&path).await.expect_problem(403, "forbidden");
    eve.gives(&room, &eve, &[moderator]).await.expect_problem(403, "forbidden");
    eve.gives(&room, &bob, &[]).await.expect_problem(403, "forbidden");
    eve.gives(&room, &app.registers("carol").await, &[moderator]).await.expect_problem(403, "forbidden");

    // Taken, it is gone at once.
    alice.patch(&path, json!({"permissions": {"allow": ["invite_members"]}})).await.expect(200);
    bob.post(&room.path("/roles"), role(0, &[])).await.expect_problem(403, "forbidden");
    let carol = app.registers("dave").await;
    bob.gives(&room, &carol, &[moderator]).await.expect_problem(403, "forbidden");
    carol.get(&room.path("")).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let app = TestApp::without_nats().await;
    let (alice, _, eve, room, _) = moderated(&app).await;
    let nothing = "01890a5d-ac96-774b-bcce-b302099a8057";
    for person in [&alice, &eve] {
        let path = room.path(&format!("/roles/{nothing}"));
        person.get(&path).await.expect_problem(404, "not-found");
        person.patch(&path, json!({"rank": 1})).await.expect_problem(404, "not-found");
        person.delete(&path).await.expect_problem(404, "not-found");
        person.delete(&room.path("/roles/nonsense")).await.expect_problem(404, "not-found");
    }
    let helper = alice.defines(&room, "Helper", 1, &[]).await;
    let path = room.path(&format!("/members/{}", eve.id));
    alice.put(&path, json!({"roles": [helper, nothing]})).await.expect_invalid("/roles/1");
    let nobody = room.path(&format!("/members/{nothing}"));
    alice.put(&nobody, json!({"roles": [helper]})).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn strangers_learn_nothing_of_roles() {
    let app = TestApp::without_nats().await;
    let (alice, _, eve, room, moderator) = moderated(&app).await;
    let carol = app.registers("carol").await;
    for (visibility, status, slug) in [("private", 404, "not-found"), ("public", 403, "not-a-member")] {
        alice.patch(&room.path(""), json!({"visibility": visibility})).await.expect(200);
        let path = room.path(&format!("/roles/{moderator}"));
        carol.post(&room.path("/roles"), role(0, &[])).await.expect_problem(status, slug);
        carol.patch(&path, json!({"rank": 1})).await.expect_problem(status, slug);
        carol.gives(&room, &carol, &[moderator]).await.expect_problem(status, slug);
        carol.gives(&room, &eve, &[]).await.expect_problem(status, slug);
        carol.delete(&path).await.expect_problem(status, slug);
    }
    // What a public room's roles are, everyone may see, as in the room itself.
    carol.request("GET", &room.path(&format!("/roles/{moderator}"))).send().await.expect(200);
}

#[tokio::test]
async fn what_a_role_cannot_be_is_refused() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let roles = room.path("/roles");
    let define = async |body: Value, pointer: &str| alice.post(&roles, body).await.expect_invalid(pointer);
    define(json!({"rank": 1}), "/name").await;
    define(json!({"name": "x"}), "/rank").await;
    define(json!({"name": " ", "rank": 1}), "/name").await;
    define(json!({"name": "x".repeat(101), "rank": 1}), "/name").await;
    define(json!({"name": "x", "rank": 2_147_483_648_i64}), "/rank").await;
    define(json!({"name": "x", "rank": 1.5}), "/rank").await;
    define(json!({"name": "x", "rank": 1, "permissions": {"allow": ["fly"]}}), "/permissions/allow/0").await;
    define(json!({"name": "x", "rank": 1, "permissions": {"denied": []}}), "/permissions/denied").await;
    define(json!({"name": "x", "rank": 1, "id": "01890a5d-ac96-474b-bcce-b302099a8057"}), "/id").await;
    let helper = alice.defines(&room, "Helper", 1, &[]).await;
    let path = room.path(&format!("/roles/{helper}"));
    alice.patch(&path, json!({"name": null})).await.expect_invalid("/name");
    let stale = alice.request("PATCH", &path).header("if-match", "\"v2\"").json(&json!({"rank": 2}));
    stale.send().await.expect_problem(412, "version-mismatch");
    let stale = alice.request("DELETE", &path).header("if-match", "\"v2\"");
    stale.send().await.expect_problem(412, "version-mismatch");
    alice.request("DELETE", &path).header("if-match", "\"v1\"").send().await.expect(204);
}

#[tokio::test]
async fn a_room_has_a_hundred_roles_and_a_member_twenty_five() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut roles = vec![];
    for rank in 0..100 {
        roles.push(alice.defines(&room, &format!("Role {rank}"), rank, &[]).await);
    }
    alice.post(&room.path("/roles"), role(1, &[])).await.expect_problem(409, "limit-reached");
    alice.gives(&room, &alice, &roles[..26]).await.expect_invalid("/roles");
    alice.gives(&room, &alice, &roles[..25]).await.expect(200);
    alice.delete(&room.path(&format!("/roles/{}", roles[99]))).await.expect(204);
    alice.post(&room.path("/roles"), role(1, &[])).await.expect(201);
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["roles"].as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn an_archived_room_s_roles_stay_as_they_are() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    let helper = alice.defines(&room, "Helper", 1, &[]).await;
    alice.put(&room.path("/archive"), json!({})).await.expect(204);
    let path = room.path(&format!("/roles/{helper}"));
    // Also for who lacks the right: the state goes first.
    for person in [&alice, &bob, &eve] {
        person.post(&room.path("/roles"), role(1, &[])).await.expect_problem(409, "archived");
        person.patch(&path, json!({"rank": 2})).await.expect_problem(409, "archived");
        person.delete(&path).await.expect_problem(409, "archived");
        person.gives(&room, &eve, &[moderator]).await.expect_problem(409, "archived");
    }
}
