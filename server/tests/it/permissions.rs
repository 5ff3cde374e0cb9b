//! Roles: what they give and take, and who may say so.

mod refused;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Person, Room, TestApp};

/// Alice's room with Bob as its moderator, whose role has rank 10, and Eve.
async fn moderated(app: &TestApp) -> (Person, Person, Person, Room, Uuid) {
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let moderator = alice
        .defines(&room, "Moderator", 10, &["manage_roles", "invite_members", "remove_members", "ban_members"])
        .await;
    alice.gives(&room, &bob, &[moderator]).await.expect(201);
    alice.adds(&room, &eve).await;
    (alice, bob, eve, room, moderator)
}

#[tokio::test]
async fn a_role_gives_and_takes_what_it_says() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    let body = json!({"name": " Silent ", "rank": -1, "permissions": {"deny": ["send_messages"]}});
    let defined = alice.post(&room.path("/roles"), body).await.expect(201);
    let silent = defined.id();
    let path = room.path(&format!("/roles/{silent}"));
    assert_eq!((defined.header("location"), defined.body["position"].as_i64()), (Some(&*path), defined.position()));
    bob.gives(&room, &eve, &[silent]).await.expect(200);

    let permissions = |allow: Value, deny: Value| json!({"allow": allow, "deny": deny});
    let shown = alice.get(&path).await.expect(200);
    assert_eq!(
        shown.body,
        json!({"id": silent, "name": "Silent", "rank": -1, "version": 1, "permissions": permissions(json!([]), json!(["send_messages"]))})
    );
    assert_eq!(shown.header("etag"), Some("\"v1\""));
    let roles = alice.get(&room.path("")).await.expect(200).body["roles"].take();
    assert_eq!((&roles[0]["id"], &roles[1]), (&json!(moderator), &shown.body), "the highest first");

    eve.post(&room.path("/messages"), json!({"text": "hello"})).await.expect_problem(403, "forbidden");
    let part = eve.part_of(&room).await;
    assert_eq!((&part["roles"], &part["permissions"][0]), (&json!([silent]), &json!("view_history")));
    assert!(!part["permissions"].to_string().contains("send_messages"));
    assert!(bob.part_of(&room).await["permissions"].to_string().contains("remove_members"));

    let changed = bob.patch(&path, json!({"permissions": {"deny": ["react"]}, "rank": 2})).await.expect(200);
    assert_eq!((changed.header("etag"), &changed.body["rank"]), (Some("\"v2\""), &json!(2)));
    let mut body = changed.body.clone();
    assert_eq!(body.as_object_mut().unwrap().remove("position"), changed.position().map(Into::into));
    assert_eq!(body, bob.get(&path).await.expect(200).body);
    eve.sends(&room, "hello").await;
    let same = bob.patch(&path, json!({"rank": 2})).await.expect(200);
    assert_eq!((same.position(), &same.body["version"]), (changed.position(), &json!(2)));
}

#[tokio::test]
async fn a_deleted_role_is_taken_from_everyone_at_once() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    alice.gives(&room, &eve, &[moderator]).await.expect(200);
    let carol = app.registers("carol").await;
    bob.adds(&room, &carol).await;
    let before = app.head().await;
    alice.delete(&room.path(&format!("/roles/{moderator}"))).await.expect(204);
    assert_eq!(app.head().await, before + 1, "no membership is touched");
    for former in [&bob, &eve] {
        former.delete(&room.path(&format!("/members/{}", carol.id))).await.expect_problem(403, "forbidden");
        assert_eq!(former.part_of(&room).await["roles"], json!([]));
    }
    let members = alice.get(&room.path("/members")).await.expect(200);
    assert!(members.items().iter().all(|member| member["roles"] == json!([])), "{}", members.text);
    alice.get(&room.path(&format!("/roles/{moderator}"))).await.expect_problem(404, "not-found");
    alice.delete(&room.path(&format!("/roles/{moderator}"))).await.expect_problem(404, "not-found");
    assert_eq!(alice.get(&room.path("")).await.expect(200).body["roles"], json!([]));
}

#[tokio::test]
async fn people_come_in_with_roles_and_lose_them_as_they_go() {
    let app = TestApp::without_nats().await;
    let (alice, bob, _, room, moderator) = moderated(&app).await;
    let carol = app.registers("carol").await;
    let helper = alice.defines(&room, "Helper", 1, &["invite_members"]).await;
    let before = app.head().await;
    let come = bob.gives(&room, &carol, &[helper, helper]).await.expect(201);
    assert_eq!((come.position(), app.head().await), (Some(before + 2), before + 2));
    let roles = async |person: &Person| {
        app.settled().await;
        let members = alice.get(&room.path("/members")).await.expect(200);
        let member = members.items().iter().find(|member| member["user_id"] == json!(person.id));
        let itself = alice.get(&room.path(&format!("/members/{}", person.id))).await.expect(200);
        assert_eq!(member, Some(&itself.body));
        member.map(|member| member["roles"].clone())
    };
    assert_eq!(come.header("location"), Some(&*room.path(&format!("/members/{}", carol.id))));
    assert_eq!(roles(&carol).await, Some(json!([helper])));
    assert_eq!(bob.gives(&room, &carol, &[helper]).await.expect(200).position(), come.position());
    // Who is in it already keeps what they have where nothing is said of it.
    alice.put(&room.path(&format!("/members/{}", carol.id)), json!({})).await.expect(200);
    assert_eq!(roles(&carol).await, Some(json!([helper])));
    alice.gives(&room, &carol, &[moderator, helper]).await.expect(200);
    let mut both = [helper, moderator];
    both.sort();
    assert_eq!(roles(&carol).await, Some(json!(both)));
    alice.gives(&room, &carol, &[]).await.expect(200);
    assert_eq!(roles(&carol).await, Some(json!([])));

    alice.gives(&room, &carol, &[helper]).await.expect(200);
    carol.leaves(&room).await;
    alice.adds(&room, &carol).await;
    assert_eq!(roles(&carol).await, Some(json!([])));
}

#[tokio::test]
async fn what_decided_a_permission_is_named() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve, room, moderator) = moderated(&app).await;
    let body = json!({"name": "Silent", "rank": 1, "permissions": {"deny": ["send_messages"]}});
    let silent = alice.post(&room.path("/roles"), body).await.expect(201).id();
    alice.gives(&room, &bob, &[moderator, silent]).await.expect(200);
    app.settled().await;
    let explained = async |person: &Person, permission: &str| {
        let path = room.path(&format!("/members/{}/permissions", person.id));
        let explanation = eve.get(&path).await.expect(200).body;
        let because = explanation["because"].as_array().unwrap();
        assert_eq!(because.len(), 13);
        let because = because.iter().find(|because| because["permission"] == permission).unwrap();
        let effective = explanation["effective"].as_array().unwrap().contains(&json!(permission));
        assert_eq!(because["held"], effective);
        (effective, because["decided_by"].clone())
    };
    let role = |id: Uuid, name: &str| json!({"kind": "role", "role_id": id, "name": name});
    assert_eq!(explained(&bob, "ban_members").await, (true, role(moderator, "Moderator")));
    assert_eq!(explained(&bob, "send_messages").await, (false, role(silent, "Silent")));
    assert_eq!(explained(&bob, "react").await, (true, json!({"kind": "room"})));
    assert_eq!(explained(&eve, "manage_room").await, (false, json!({"kind": "room"})));
    assert_eq!(explained(&alice, "send_messages").await, (true, json!({"kind": "ownership"})));
}

#[tokio::test]
async fn a_role_has_an_id_of_one_s_own_choice_and_is_made_once() {
    let app = TestApp::without_nats().await;
    let (alice, bob, _, room, _) = moderated(&app).await;
    let id = "01890a5d-ac96-774b-bcce-b302099a8057";
    let body = json!({"id": id, "name": "Helper", "rank": 1});
    let made = alice.post(&room.path("/roles"), body.clone()).await.expect(201);
    let again = alice.post(&room.path("/roles"), body).await.expect(201);
    assert_eq!((again.position(), again.header("idempotent-replayed")), (made.position(), Some("true")));
    let other = |rank: i32| json!({"id": id, "name": "Helper", "rank": rank});
    alice.post(&room.path("/roles"), other(2)).await.expect_problem(409, "id-taken");
    bob.post(&room.path("/roles"), other(1)).await.expect_problem(409, "id-taken");
    alice.delete(&room.path(&format!("/roles/{id}"))).await.expect(204);
    // Members may still name it: it would be given to them unseen.
    bob.post(&room.path("/roles"), other(1)).await.expect_problem(409, "id-taken");
}
