//! What a room cannot be, and who may not say what it is.

use serde_json::{Value, json};

use crate::harness::{Room, TestApp};

const NOTHING: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A code that nobody made.
const CODE: &str = "AAAAAAAAAAAAAAAAAAAAUA";

#[tokio::test]
async fn what_is_no_group_is_not_made() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let head = app.head().await;
    let many: Vec<_> = (0..201).map(|_| NOTHING).collect();
    for (body, pointer) in [
        (json!({"name": "general"}), "/type"),
        (json!({"type": "channel", "name": "general"}), "/type"),
        (json!({"type": "group", "name": " "}), "/name"),
        (json!({"type": "group", "name": "x".repeat(201)}), "/name"),
        (json!({"type": "group", "name": "two\nlines"}), "/name"),
        (json!({"type": "group", "name": "x", "topic": "x".repeat(1001)}), "/topic"),
        (json!({"type": "group", "name": "x", "visibility": "hidden"}), "/visibility"),
        (json!({"type": "group", "name": "x", "permissions": ["fly"]}), "/permissions/0"),
        (json!({"type": "group", "name": "x", "permissions": {}}), "/permissions"),
        (json!({"type": "group", "name": "x", "member_ids": [alice.id, NOTHING]}), "/member_ids/1"),
        (json!({"type": "group", "name": "x", "member_ids": alice.id}), "/member_ids"),
        (json!({"type": "group", "name": "x", "member_ids": many}), "/member_ids"),
        (json!({"type": "group", "name": "x", "id": "01890a5d-ac96-474b-bcce-b302099a8057"}), "/id"),
        (json!({"type": "group", "name": "x", "roles": []}), "/roles"),
    ] {
        alice.post("/v1/rooms", body).await.expect_invalid(pointer);
    }
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn what_a_room_cannot_become_is_refused_whole() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let head = app.head().await;
    for (body, pointer) in [
        (json!({"name": null}), "/name"),
        (json!({"name": ""}), "/name"),
        (json!({"name": "x".repeat(201)}), "/name"),
        (json!({"topic": "x".repeat(1001)}), "/topic"),
        (json!({"topic": 5}), "/topic"),
        (json!({"visibility": null}), "/visibility"),
        (json!({"permissions": null}), "/permissions"),
        (json!({"permissions": ["react", "fly"]}), "/permissions/1"),
        (json!({"type": "dialog"}), "/type"),
        (json!({"archived": true}), "/archived"),
        (json!({"name": "fine", "topic": "x".repeat(1001)}), "/topic"),
    ] {
        alice.patch(&room.path(""), body).await.expect_invalid(pointer);
    }
    let same = alice.patch(&room.path(""), json!({})).await.expect(200);
    assert_eq!((app.head().await, &same.body["name"]), (head, &json!("general")));
    let topic = async |topic: Value| alice.patch(&room.path(""), json!({"topic": topic})).await.expect(200).body;
    assert_eq!(topic(json!("Steam")).await["topic"], "Steam");
    assert_eq!(topic(json!(null)).await["topic"], json!(null));
}

#[tokio::test]
async fn who_may_not_manage_a_room_leaves_it_as_it_is() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let manager = alice.defines(&room, "Manager", 5, &["manage_room", "remove_members"]).await;
    alice.gives(&room, &bob, &[manager]).await.expect(201);
    alice.adds(&room, &eve).await;
    let head = app.head().await;
    eve.patch(&room.path(""), json!({"name": "x"})).await.expect_problem(403, "forbidden");
    eve.put(&room.path("/archive"), json!({})).await.expect_problem(403, "forbidden");
    eve.delete(&room.path("/archive")).await.expect_problem(403, "forbidden");
    let itself = |person: &crate::harness::Person| room.path(&format!("/members/{}", person.id));
    eve.delete(&itself(&bob)).await.expect_problem(403, "forbidden");
    // Nobody gives everyone what they lack themselves, nor puts out who stands as high.
    let more = json!({"permissions": ["view_history", "ban_members"]});
    bob.patch(&room.path(""), more).await.expect_problem(403, "outranked");
    bob.delete(&itself(&alice)).await.expect_problem(403, "outranked");
    alice.gives(&room, &eve, &[manager]).await.expect(200);
    bob.delete(&itself(&eve)).await.expect_problem(403, "outranked");
    assert_eq!(app.head().await, head + 1);
    bob.patch(&room.path(""), json!({"name": "renamed", "permissions": ["react"]})).await.expect(200);
    alice.gives(&room, &eve, &[]).await.expect(200);
    bob.removes(&room, &eve).await;
}

#[tokio::test]
async fn who_is_not_there_is_neither_added_nor_put_out() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let head = app.head().await;
    let members = |id: &str| room.path(&format!("/members/{id}"));
    alice.put(&members(NOTHING), json!({})).await.expect_problem(404, "not-found");
    alice.delete(&members(NOTHING)).await.expect_problem(404, "not-found");
    alice.delete(&members(&bob.id.to_string())).await.expect_problem(404, "not-found");
    alice.get(&members(&bob.id.to_string())).await.expect_problem(404, "not-found");
    let permissions = members(&format!("{}/permissions", bob.id));
    alice.get(&permissions).await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn of_a_room_of_two_nothing_is_managed() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    for kind in ["dialog", "secret"] {
        let made = alice.post("/v1/rooms", json!({"type": kind, "member_ids": [bob.id]})).await.expect(201);
        let room = Room(made.id());
        let (head, itself) = (app.head().await, room.path(&format!("/members/{}", bob.id)));
        for (method, path, body, status, slug) in [
            ("POST", room.path("/roles"), json!({"name": "x", "rank": 1}), 409, "groups-only"),
            ("PUT", itself.clone(), json!({"roles": []}), 409, "groups-only"),
            ("PUT", room.path("/ownership"), json!({"user_id": bob.id}), 409, "groups-only"),
            ("PUT", itself.clone(), json!({}), 409, "members-fixed"),
            ("DELETE", itself, json!({}), 409, "members-fixed"),
            ("PUT", room.path(&format!("/bans/{}", bob.id)), json!({}), 409, "members-fixed"),
            ("DELETE", room.path(&format!("/bans/{}", bob.id)), json!({}), 409, "members-fixed"),
            ("POST", room.path("/invites"), json!({}), 409, "members-fixed"),
            ("DELETE", room.path(&format!("/invites/{CODE}")), json!({}), 409, "members-fixed"),
            ("PATCH", room.path(""), json!({"permissions": []}), 403, "forbidden"),
            ("PUT", room.path("/archive"), json!({}), 403, "forbidden"),
            ("DELETE", room.path("/archive"), json!({}), 403, "forbidden"),
            ("DELETE", room.path(""), json!({}), 403, "not-the-owner"),
        ] {
            let answer = alice.request(method, &path).json(&body).send().await;
            assert_eq!((answer.status, answer.problem()), (status, Some(slug)), "{kind}: {method} {path}");
        }
        assert_eq!(app.head().await, head);
        for list in ["/bans", "/invites"] {
            alice.get(&room.path(list)).await.expect_problem(403, "forbidden");
        }
    }
}

#[tokio::test]
async fn two_never_keep_each_other_from_speaking() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    for kind in ["dialog", "secret"] {
        let new = |permissions: Value| json!({"type": kind, "member_ids": [bob.id], "permissions": permissions});
        let head = app.head().await;
        for silent in [json!([]), json!(["view_history", "react", "manage_room"])] {
            alice.post("/v1/rooms", new(silent)).await.expect_invalid("/permissions");
        }
        assert_eq!(app.head().await, head);
        let made = alice.post("/v1/rooms", new(json!(["view_history", "send_messages", "manage_room"]))).await;
        let (room, head) = (Room(made.expect(201).id()), app.head().await);
        for silent in [json!([]), json!(["view_history", "manage_room"])] {
            alice.patch(&room.path(""), json!({"permissions": silent})).await.expect_invalid("/permissions");
        }
        assert_eq!(app.head().await, head);
        // What else they may do is for who manages it, both of them.
        bob.patch(&room.path(""), json!({"permissions": ["send_messages"]})).await.expect(200);
        alice.patch(&room.path(""), json!({"permissions": ["send_messages"]})).await.expect_problem(403, "forbidden");
        alice.sends(&room, "hello").await;
        bob.sends(&room, "hi").await;
    }
}
