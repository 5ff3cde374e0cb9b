//! Blocking: whom one does not want to hear from writes nothing to one, on any instance, from the answer on.

use serde_json::json;
use uuid::Uuid;

use crate::erasures::erases;
use crate::harness::{Person, Room, Setup, Spawned, TestApp};

async fn dialog(one: &Person, other: &Person) -> Room {
    let answer = one.post("/v1/rooms", json!({"type": "dialog", "member_ids": [other.id]})).await;
    assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
    Room(answer.id())
}

async fn blocks(person: &Person, other: &Person) {
    person.put(&format!("/v1/users/me/blocks/{}", other.id), json!({})).await.expect(204);
}

async fn unblocks(person: &Person, other: &Person) {
    person.delete(&format!("/v1/users/me/blocks/{}", other.id)).await.expect(204);
}

#[tokio::test]
async fn who_is_blocked_writes_nothing_and_is_heard_again_once_let() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = dialog(&alice, &bob).await;
    let (sent, other) = (bob.sends(&room, "hello").await, alice.sends(&room, "hi").await);
    let (messages, message) = (room.path("/messages"), room.path(&format!("/messages/{}", sent.id)));

    blocks(&alice, &bob).await;
    bob.post(&messages, json!({"text": "hello?"})).await.expect_problem(403, "blocked");
    bob.patch(&message, json!({"text": "HELLO"})).await.expect_problem(403, "blocked");
    bob.post("/v1/rooms", json!({"type": "dialog", "member_ids": [alice.id]})).await.expect_problem(403, "blocked");
    // They read on, and take back what they said; nothing else tells that they are blocked.
    app.settled().await;
    assert_eq!(bob.reads(&room).await, ["hello", "hi"]);
    bob.put(&room.path("/read"), json!({"position": other.position})).await.expect(204);
    bob.delete(&message).await.expect(204);
    // One who blocks may still write.
    alice.sends(&room, "Leave me alone.").await;

    unblocks(&alice, &bob).await;
    bob.sends(&room, "Sorry.").await;
    app.settled().await;
    assert_eq!(alice.reads(&room).await, ["", "hi", "Leave me alone.", "Sorry."]);
}

#[tokio::test]
async fn who_is_blocked_does_nothing_in_a_room_of_the_two() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let (room, secret, elsewhere) =
        (dialog(&alice, &bob).await, alice.confides_in(&bob).await, bob.creates_room("elsewhere").await);
    let (theirs, own) = (alice.sends(&room, "hi").await, bob.sends(&room, "hello").await);
    let brought = bob.sends(&elsewhere, "look").await;
    bob.put(&room.message(&theirs, "/reactions/👍"), json!({})).await.expect(204);
    bob.put(&room.message(&own, "/pin"), json!({})).await.expect(204);

    blocks(&alice, &bob).await;
    let head = app.head().await;
    let done = [
        ("PUT", room.message(&theirs, "/reactions/🎉"), json!({})),
        ("DELETE", room.message(&theirs, "/reactions/👍"), json!({})),
        ("PUT", room.message(&theirs, "/pin"), json!({})),
        ("DELETE", room.message(&own, "/pin"), json!({})),
        ("POST", elsewhere.message(&brought, "/forwards"), json!({"to_room_id": room.0})),
        ("POST", elsewhere.message(&brought, "/forwards"), json!({"to_room_id": secret.0})),
        ("POST", secret.path("/messages"), json!({"text": "pssst"})),
        ("POST", "/v1/rooms".to_owned(), json!({"type": "secret", "member_ids": [alice.id]})),
        ("PATCH", room.path(""), json!({"retain_for": "P7D"})),
        ("PATCH", secret.path(""), json!({"retain_for": "P7D"})),
    ];
    for (method, path, body) in &done {
        let answer = bob.request(method, path).json(body).send().await;
        assert_eq!((answer.status, answer.problem()), (403, Some("blocked")), "{method} {path}: {}", answer.text);
    }
    assert_eq!(app.head().await, head);
    // What was said there they may bring elsewhere, and one who blocks does as ever.
    bob.post(&room.message(&theirs, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201);
    alice.patch(&room.path(""), json!({"retain_for": "P7D"})).await.expect(200);
    alice.put(&room.message(&own, "/reactions/👍"), json!({})).await.expect(204);
    alice.confides_in(&bob).await;

    unblocks(&alice, &bob).await;
    for (method, path, body) in &done {
        let answer = bob.request(method, path).json(body).send().await;
        assert!(matches!(answer.status, 200..300), "{method} {path}: {}", answer.text);
    }
}

#[tokio::test]
async fn who_is_blocked_changes_nothing_about_a_room_that_both_manage() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    for kind in ["dialog", "secret"] {
        let permissions = json!(["view_history", "send_messages", "manage_room"]);
        let new = json!({"type": kind, "member_ids": [bob.id], "permissions": permissions});
        let room = Room(alice.post("/v1/rooms", new).await.expect(201).id());
        let changes = |person: &Person, method: &str, below: &str| {
            let body =
                if method == "PATCH" { json!({"permissions": ["send_messages", "manage_room"]}) } else { json!({}) };
            person.request(method, &room.path(below)).json(&body).send()
        };
        blocks(&alice, &bob).await;
        let head = app.head().await;
        changes(&bob, "PATCH", "").await.expect_problem(403, "blocked");
        changes(&bob, "PUT", "/archive").await.expect_problem(403, "blocked");
        assert_eq!(app.head().await, head, "no notice comes to who blocks");
        // Who blocks does as ever.
        changes(&alice, "PUT", "/archive").await.expect(204);
        changes(&bob, "DELETE", "/archive").await.expect_problem(403, "blocked");
        unblocks(&alice, &bob).await;
        changes(&bob, "DELETE", "/archive").await.expect(204);
        changes(&bob, "PATCH", "").await.expect(200);
    }
}

#[tokio::test]
async fn who_is_blocked_opens_no_dialog_and_is_in_groups_as_ever() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let group = alice.creates_room("general").await;
    alice.adds(&group, &bob).await;
    blocks(&alice, &bob).await;
    let open = json!({"type": "dialog", "member_ids": [alice.id]});
    bob.post("/v1/rooms", open.clone()).await.expect_problem(403, "blocked");
    bob.sends(&group, "hello all").await;

    let room = dialog(&alice, &bob).await;
    bob.post(&room.path("/messages"), json!({"text": "hi"})).await.expect_problem(403, "blocked");
    unblocks(&alice, &bob).await;
    assert_eq!(bob.post("/v1/rooms", open).await.expect(200).id(), room.0);
    bob.sends(&room, "hi").await;
}

#[tokio::test]
async fn who_is_blocked_shows_one_no_files_and_so_says_nothing_by_their_names() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let (seen, new) = (bob.uploads("notes.txt", "hello").await, bob.uploads("Answer me!", "hello").await);
    let own = alice.uploads("mine.txt", "hello").await;
    let shows = |file: Uuid, to: &Person| format!("/v1/files/{file}/permissions/users/{}", to.id);
    bob.put(&shows(seen, &alice), json!({})).await.expect(204);

    blocks(&alice, &bob).await;
    let head = app.head().await;
    for file in [seen, new] {
        bob.put(&shows(file, &alice), json!({})).await.expect_problem(403, "blocked");
    }
    bob.put(&shows(own, &alice), json!({})).await.expect_problem(404, "not-found");
    assert_eq!(app.head().await, head);
    // What one sees one sees on, and the other takes it back; one who blocks does as ever.
    alice.get(&format!("/v1/files/{seen}")).await.expect(200);
    bob.delete(&shows(seen, &alice)).await.expect(204);
    alice.put(&shows(own, &bob), json!({})).await.expect(204);

    unblocks(&alice, &bob).await;
    bob.put(&shows(new, &alice), json!({})).await.expect(204);
}

#[tokio::test]
async fn whom_one_blocks_is_listed_for_oneself_alone() {
    let app = TestApp::without_nats().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    for other in [&bob, &eve, &bob] {
        blocks(&alice, other).await;
    }
    let list = alice.get("/v1/users/me/blocks").await.expect(200);
    let names: Vec<_> = list.items().iter().map(|item| (&item["user_id"], &item["display_name"])).collect();
    assert_eq!(names, [(&json!(bob.id), &json!("bob")), (&json!(eve.id), &json!("eve"))]);
    assert!(list.items()[0]["blocked_at"].is_string());
    let page = alice.get("/v1/users/me/blocks?limit=1").await.expect(200);
    let after = page.body["after"].as_str().unwrap().to_owned();
    let rest = alice.get(&format!("/v1/users/me/blocks?limit=1&after={after}")).await.expect(200);
    assert_eq!(rest.items()[0]["user_id"], json!(eve.id));

    unblocks(&alice, &bob).await;
    unblocks(&alice, &bob).await;
    assert_eq!(alice.get("/v1/users/me/blocks").await.expect(200).items().len(), 1);
    assert_eq!(bob.get("/v1/users/me/blocks").await.expect(200).items().len(), 0);
    app.get("/v1/users/me/blocks").await.expect_problem(401, "not-signed-in");
}

#[tokio::test]
async fn nobody_blocks_themself_or_who_is_not_there() {
    let app = TestApp::without_nats().await;
    let alice = app.registers("alice").await;
    let path = |user: String| format!("/v1/users/me/blocks/{user}");
    alice.put(&path(alice.id.to_string()), json!({})).await.expect_problem(422, "invalid");
    let nobody = "01890a5d-ac96-774b-bcce-b302099a8057".to_owned();
    alice.put(&path(nobody.clone()), json!({})).await.expect_problem(404, "not-found");
    alice.put(&path("nobody".to_owned()), json!({})).await.expect_problem(404, "not-found");
    alice.delete(&path(nobody)).await.expect(204);
    app.request("PUT", &path(alice.id.to_string())).json(&json!({})).send().await.expect_problem(401, "not-signed-in");
}

/// Two processes take commands: what one was answered binds the other, whatever it has in memory.
#[tokio::test]
async fn no_message_comes_after_the_block_on_any_instance() {
    let setup = Setup::without_nats().await;
    let (one, two) = (Spawned::serve(&setup, &[]).await, Spawned::serve(&setup, &[]).await);
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let room = dialog(&alice, &bob).await;
    let (bob, path) = (bob.at(&two.url), room.path("/messages"));
    let (mut before, mut refused) = (0, 0);
    for _ in 0..40 {
        bob.post(&path, json!({"text": "warm"})).await.expect(201);
        let address = format!("/v1/users/me/blocks/{}", bob.id);
        let (block, sent) =
            tokio::join!(alice.put(&address, json!({})), bob.post(&path, json!({"text": "at the same time"})));
        let blocked_at = block.expect(204).position().unwrap();
        if sent.status == 201 {
            assert!(sent.position().unwrap() < blocked_at, "sent at {:?} after {blocked_at}", sent.position());
            before += 1;
        } else {
            sent.expect_problem(403, "blocked");
            refused += 1;
        }
        bob.post(&path, json!({"text": "after"})).await.expect_problem(403, "blocked");
        unblocks(&alice, &bob).await;
    }
    assert_eq!(before + refused, 40);
}

/// Nobody is blocked once they are erased, whatever another process has in memory.
#[tokio::test]
async fn no_block_comes_after_an_erasure_on_any_instance() {
    let setup = Setup::without_nats().await;
    let (one, two) = (Spawned::serve(&setup, &[]).await, Spawned::serve(&setup, &[]).await);
    let alice = two.registers("alice").await;
    for round in 0..5 {
        let bob = one.registers(&format!("bob{round}")).await;
        let address = format!("/v1/users/me/blocks/{}", bob.id);
        let blocking = async {
            let mut last = 0;
            loop {
                let blocked = alice.put(&address, json!({})).await;
                if blocked.status != 204 {
                    blocked.expect_problem(404, "not-found");
                    return last;
                }
                last = blocked.position().unwrap();
                unblocks(&alice, &bob).await;
            }
        };
        let (erased, last) = tokio::join!(erases(&bob), blocking);
        let erased_at = erased.expect(200).position().unwrap();
        assert!(last < erased_at, "blocked at {last} after {erased_at}");
    }
}

#[tokio::test]
async fn so_many_are_blocked_and_no_more() {
    let app = TestApp::without_nats().await;
    let (alice, bob, carol) = (app.registers("alice").await, app.registers("bob").await, app.registers("carol").await);
    blocks(&alice, &bob).await;
    // A thousand people are dear to register: the block of one stands for the others', told of people who are not there.
    let more = "insert into log.events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
             position, event_id, recorded_at) \
         select aggregate_type, aggregate_id, sequence + n, event_type, event_version, \
             replace(payload::text, $1, gen_random_uuid()::text)::json, metadata, position + n, gen_random_uuid(), recorded_at \
         from log.events, generate_series(1, 999) n where event_type = 'user_blocked'";
    let more = sqlx::query(more).bind(bob.id.to_string()).execute(&app.pool).await.unwrap();
    assert_eq!(more.rows_affected(), 999);
    sqlx::query("update log.head set position = position + 999").execute(&app.pool).await.unwrap();
    let head = app.head().await;
    let path = format!("/v1/users/me/blocks/{}", carol.id);
    let refused = alice.put(&path, json!({})).await.expect_problem(409, "limit-reached");
    assert!(refused.body["detail"].as_str().unwrap().contains("1000"), "{}", refused.text);
    blocks(&alice, &bob).await;
    assert_eq!(app.head().await, head);
    unblocks(&alice, &bob).await;
    blocks(&alice, &carol).await;
}
