//! Files of secret rooms: sealed, for two people, and gone with their message.

mod ending;
mod resumable;

use serde_json::json;
use uuid::Uuid;

use super::file;
use crate::harness::{Person, Room, TestApp};

/// Some chunks and a bit.
fn digits() -> String {
    "0123456789".repeat(20_000)
}

/// Alice and Bob, their secret room, and a file that Alice has sent there.
async fn whispered(app: &TestApp) -> (Person, Person, Room, Uuid) {
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let id = alice.whispers(&room, "digits.txt", digits()).await.expect(201).id();
    alice.sends_files(&room, "look", &[id]).await;
    app.settled().await;
    (alice, bob, room, id)
}

#[tokio::test]
async fn two_people_have_a_file_that_no_read_model_and_no_disk_holds() {
    let app = TestApp::start().await;
    let (alice, bob, eve) = (app.registers("alice").await, app.registers("bob").await, app.registers("eve").await);
    let room = alice.confides_in(&bob).await;
    let uploaded = alice.whispers(&room, "digits.txt", digits()).await.expect(201);
    let (id, hash) = (uploaded.id(), uploaded.body["hash"].as_str().unwrap().to_owned());
    assert_eq!((&uploaded.body["size"], &uploaded.body["type"]), (&json!(200_000), &json!("text/plain")));
    bob.get(&file(id, "")).await.expect_problem(404, "not-found");
    let sent = alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    for person in [&alice, &bob] {
        let shown = person.get(&file(id, "")).await.expect(200).body;
        let told =
            json!([shown["filename_visible"], shown["size"], shown["hash"], shown["owner_id"], shown["version"]]);
        assert_eq!(told, json!(["digits.txt", 200_000, hash, alice.id, 2]));
        let message = person.get(&room.message(&sent, "")).await.expect(200).body;
        assert_eq!(message["data"]["files"], json!([shown]));
        assert_eq!(person.get(&file(id, "/content")).await.expect(200).text, digits());
    }
    for path in [file(id, ""), file(id, "/content"), file(id, "/permissions")] {
        eve.get(&path).await.expect_problem(404, "not-found");
    }

    let kept: (Option<String>, Option<String>, String, bool) =
        sqlx::query_as("select filename, sha256, blob, sealed from read.file").fetch_one(&app.pool).await.unwrap();
    assert_eq!((&kept.0, &kept.1, kept.3), (&None, &None, true));
    let on_disk = app.setup.folder.path().join("blobs/kept").join(&kept.2[..2]).join(&kept.2);
    assert!(!hash.contains(&kept.2), "its name tells nothing of it");
    assert_eq!(std::fs::metadata(&on_disk).unwrap().len(), 200_000 + 4 * 28);
    // Whoever changes it on the disk does not come through.
    let mut bytes = std::fs::read(&on_disk).unwrap();
    bytes[150_000] ^= 1;
    std::fs::write(&on_disk, bytes).unwrap();
    let broken = alice.request("GET", &file(id, "/content")).raw().send().await.unwrap();
    assert!(broken.bytes().await.is_err());
    let range = alice.request("GET", &file(id, "/content")).header("range", "bytes=0-9").send().await;
    assert_eq!(range.expect(206).text, "0123456789");
}

#[tokio::test]
async fn ranges_are_of_what_was_uploaded() {
    let app = TestApp::without_nats().await;
    let (_, bob, _, id) = whispered(&app).await;
    let (path, whole) = (file(id, "/content"), digits());
    let head = bob.request("HEAD", &path).send().await.expect(200);
    let told = ["content-length", "content-type", "accept-ranges", "content-disposition"];
    let expected = ["200000", "text/plain", "bytes", "attachment; filename=\"digits.txt\""];
    assert_eq!(told.map(|name| head.header(name).unwrap()), expected);
    let etag = head.header("etag").unwrap();
    for (range, part) in [
        ("bytes=0-0", 0..1),
        ("bytes=65530-65545", 65530..65546),
        ("bytes=65536-131071", 65536..131_072),
        ("bytes=1000-199998", 1000..199_999),
        ("bytes=-5", 199_995..200_000),
        ("bytes=196608-", 196_608..200_000),
    ] {
        let answer = bob.request("GET", &path).header("range", range).header("if-range", etag).send().await.expect(206);
        let of = format!("bytes {}-{}/200000", part.start, part.end - 1);
        assert_eq!((answer.header("content-range"), answer.header("etag")), (Some(&*of), Some(etag)));
        assert!(answer.text == whole[part], "{range}");
    }
    bob.request("GET", &path).header("range", "bytes=200000-").send().await.expect_problem(416, "no-such-range");
    let other = bob.request("GET", &path).header("range", "bytes=1-2").header("if-range", "\"x\"").send().await;
    assert!(other.expect(200).text == whole);
    bob.request("GET", &path).header("if-none-match", etag).send().await.expect(304);
}

#[tokio::test]
async fn it_is_uploaded_by_who_may_send_it_to_a_secret_room() {
    let app = TestApp::without_nats().await;
    let (alice, group) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    let room = alice.confides_in(&bob).await;
    let before = app.head().await;
    alice.whispers(&group, "x", "x").await.expect_invalid("/room");
    eve.whispers(&room, "x", "x").await.expect_problem(404, "not-found");
    alice.whispers(&Room(Uuid::from_u128(7)), "x", "x").await.expect_problem(404, "not-found");
    let unnamed = alice.request("POST", "/v1/files?room=lounge").bytes("x").send().await;
    unnamed.expect_problem(400, "invalid-query");
    let stranger = app.request("POST", &format!("/v1/files?room={}", room.0)).bytes("x").send().await;
    stranger.expect_problem(401, "not-signed-in");
    let digest = alice.request("POST", &format!("/v1/files?room={}", room.0));
    let digest = digest.header("content-digest", "sha-256=:LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=:");
    digest.bytes("hullo").send().await.expect_problem(422, "digest-mismatch");
    assert_eq!((app.head().await, super::count(&app, "kept"), super::count(&app, "arriving")), (before, 0, 0));
    bob.put(&format!("/v1/users/me/blocks/{}", alice.id), json!({})).await.expect(204);
    alice.whispers(&room, "x", "x").await.expect_problem(403, "blocked");
}

#[tokio::test]
async fn the_same_request_again_is_the_same_file() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let upload = |bytes: &'static str| {
        let request = alice.request("POST", &format!("/v1/files?filename=a&room={}", room.0));
        request.header("idempotency-key", "once").bytes(bytes).send()
    };
    let (first, again) = (upload("hello").await.expect(201), upload("hello").await.expect(201));
    assert_eq!((&first.body, again.header("idempotent-replayed")), (&again.body, Some("true")));
    upload("other").await.expect_problem(422, "idempotency-key-reused");
    assert_eq!(super::count(&app, "kept"), 1);
    // To others the same bytes are others.
    alice.whispers(&room, "a", "hello").await.expect(201);
    assert_eq!(super::count(&app, "kept"), 2);
}

#[tokio::test]
async fn it_stays_in_its_room() {
    let app = TestApp::without_nats().await;
    let (alice, bob, room, id) = whispered(&app).await;
    let group = alice.creates_room("general").await;
    let other = alice.confides_in(&bob).await;
    for elsewhere in [&group, &other] {
        let sends = alice.post(&elsewhere.path("/messages"), json!({"file_ids": [id]})).await;
        sends.expect_invalid("/file_ids/0");
    }
    let page = alice.get(&room.path("/messages")).await.expect(200);
    let message = room.path(&format!("/messages/{}/forwards", page.items()[0]["id"].as_str().unwrap()));
    for to in [&group, &room] {
        alice.post(&message, json!({"to_room_id": to.0})).await.expect_problem(403, "stays-secret");
    }
    let eve = app.registers("eve").await;
    for grantee in [format!("users/{}", eve.id), format!("rooms/{}", group.0)] {
        let grant = alice.put(&file(id, &format!("/permissions/{grantee}")), json!({})).await;
        grant.expect_problem(403, "stays-secret");
    }
    // Another's is not one's own to send on, nor to delete.
    bob.post(&room.path("/messages"), json!({"file_ids": [id]})).await.expect_invalid("/file_ids/0");
    bob.delete(&file(id, "")).await.expect_problem(403, "not-the-owner");
    eve.delete(&file(id, "")).await.expect_problem(404, "not-found");
    assert!(alice.get(&file(id, "/content")).await.expect(200).text == digits());
}

#[tokio::test]
async fn no_auditor_opens_it_and_a_rebuild_leaves_it_as_it_is() {
    let app = TestApp::without_nats().await;
    let (alice, bob, _, id) = whispered(&app).await;
    let exported = app.setup.command(["audit", "export", "--reason=case 17", "--open"]).await;
    let exported = String::from_utf8(exported.stdout).unwrap();
    assert!(exported.contains("file_uploaded") && !exported.contains("digits.txt"));
    let hash = alice.get(&file(id, "")).await.expect(200).body["hash"].as_str().unwrap()[7..].to_owned();
    assert!(!exported.contains(&hash));
    for command in [["projections", "rebuild"], ["projections", "verify"]] {
        let done = app.setup.command(command).await;
        assert!(done.status.success(), "{done:?}");
    }
    assert!(bob.get(&file(id, "/content")).await.expect(200).text == digits());
}
