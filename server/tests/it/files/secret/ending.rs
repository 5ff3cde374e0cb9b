//! How files of secret rooms end.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{digits, whispered};
use crate::files::{becomes_final, count, file, left};
use crate::harness::person::PASSWORD;
use crate::harness::{Answer, Person, Setup, Spawned, TestApp};

/// Bytes are looked after often, and left alone for a day if nobody wants them gone.
async fn tidy() -> TestApp {
    Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await
}

/// Whether what seals a file's bytes is gone for good.
async fn is_destroyed(app: &TestApp, file: Uuid) -> bool {
    let wrapped = "select wrapped is null from keys.key where name like 'file/%/' || $1::text";
    sqlx::query_scalar(wrapped).bind(file).fetch_one(&app.pool).await.unwrap()
}

/// Without a minimum position: read models may be behind, and what is destroyed is gone all the same.
async fn asks(person: &Person, path: &str) -> Answer {
    person.request("GET", path).send().await
}

#[tokio::test]
async fn it_is_destroyed_with_its_message() {
    let app = tidy().await;
    let (alice, bob, room, id) = whispered(&app).await;
    let kept = alice.whispers(&room, "kept.txt", "kept").await.expect(201).id();
    assert!(!is_destroyed(&app, id).await);
    let message = alice.get(&room.path("/messages")).await.expect(200).items()[0]["id"].clone();
    let path = room.path(&format!("/messages/{}", message.as_str().unwrap()));
    let receipt = alice.delete(&path).await.expect(200);
    let key = |kind: &str, id: &str| json!(format!("{kind}/{}/{}/{id}", alice.id, room.0));
    let keys = [key("message", message.as_str().unwrap()), key("file", &id.to_string())];
    assert_eq!(receipt.body["destroyed"]["key_ids"], json!(keys));
    for person in [&alice, &bob] {
        for below in ["", "/content"] {
            asks(person, &file(id, below)).await.expect_problem(404, "not-found");
        }
        let seen = person.get(&path).await.expect(200).body;
        assert_eq!((&seen["status"], &seen["data"]), (&json!("deleted"), &json!({})));
    }
    assert!(is_destroyed(&app, id).await);
    alice.post(&room.path("/messages"), json!({"file_ids": [id]})).await.expect_invalid("/file_ids/0");
    let again = alice.delete(&path).await.expect(200);
    assert_eq!(again.body["destroyed"], receipt.body["destroyed"], "it is destroyed once");
    // Without grace, and before the receipt is final.
    left(&app, 1).await;
    becomes_final(&app, &receipt).await;
    assert_eq!(alice.get(&file(kept, "/content")).await.expect(200).text, "kept");
    let verified = app.setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test]
async fn a_receipt_is_provisional_while_bytes_are_there() {
    let app = TestApp::without_nats().await;
    let (alice, _, room, id) = whispered(&app).await;
    let message = alice.get(&room.path("/messages")).await.expect(200).items()[0]["id"].clone();
    let path = room.path(&format!("/messages/{}", message.as_str().unwrap()));
    let receipt = alice.delete(&path).await.expect(200);
    app.settled().await;
    let status = async || app.get(receipt.body["address"].as_str().unwrap()).await.expect(200).body["status"].clone();
    assert_eq!((status().await, count(&app, "kept")), (json!("provisional"), 1));
    let blob = "insert into observed.blob (name, unreferenced_since, removed_at) select blob, now(), now() from read.file where id = $1";
    sqlx::query(blob).bind(id).execute(&app.pool).await.unwrap();
    becomes_final(&app, &receipt).await;
}

#[tokio::test]
async fn it_is_destroyed_by_its_owner_and_its_message_goes_on() {
    let app = tidy().await;
    let (alice, bob, room, id) = whispered(&app).await;
    alice.delete(&file(id, "")).await.expect(204);
    for person in [&alice, &bob] {
        asks(person, &file(id, "/content")).await.expect_problem(404, "not-found");
        let page = person.get(&room.path("/messages")).await.expect(200);
        assert_eq!(page.items()[0]["data"], json!({"text": "look", "files": []}));
    }
    assert!(is_destroyed(&app, id).await);
    left(&app, 0).await;
    alice.delete(&file(id, "")).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn it_ends_with_who_uploaded_it() {
    let app = tidy().await;
    let (alice, bob, room, id) = whispered(&app).await;
    bob.whispers(&room, "bobs.txt", "bobs").await.expect(201);
    let erase = alice.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD}));
    erase.send().await.expect(200);
    for below in ["", "/content"] {
        asks(&bob, &file(id, below)).await.expect_problem(404, "not-found");
    }
    left(&app, 1).await;
    let verified = app.setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}

#[tokio::test]
async fn one_s_own_is_exported_and_no_other() {
    let app = TestApp::without_nats().await;
    let (alice, bob, room, id) = whispered(&app).await;
    let gone = alice.whispers(&room, "gone.txt", "gone").await.expect(201).id();
    alice.delete(&file(gone, "")).await.expect(204);
    app.settled().await;
    let exported = crate::export::exported(&app, &alice).await;
    assert!(exported[&format!("files/{id}/digits.txt")] == digits());
    let listed: Vec<Value> = serde_json::from_str(&exported["files.json"]).unwrap();
    let [listed] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!(
        (&listed["filename_visible"], listed["sha256"].as_str().map(str::len)),
        (&json!("digits.txt"), Some(64))
    );
    let exported = crate::export::exported(&app, &bob).await;
    assert!(!exported.keys().any(|name| name.starts_with("files/")));
}

/// Every process has sent the file, and so might hold its key: what one destroyed, none opens from the answer on.
#[tokio::test]
async fn what_one_process_destroyed_no_other_opens() {
    let setup = Setup::without_nats().await;
    let (one, two) = (Spawned::serve(&setup, &[]).await, Spawned::serve(&setup, &[]).await);
    let (alice, bob) = (one.registers("alice").await, one.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let at_two = bob.at(&two.url);
    for round in 0..10 {
        let id = alice.whispers(&room, "x", "read and destroyed").await.expect(201).id();
        let sent = alice.sends_files(&room, "", &[id]).await;
        let path = file(id, "/content");
        let request = at_two.request("GET", &path).header("min-event-position", sent.position.to_string());
        assert_eq!(request.patiently().await.expect(200).text, "read and destroyed", "round {round}");
        alice.delete(&room.message(&sent, "")).await.expect(200);
        asks(&at_two, &path).await.expect_problem(404, "not-found");
    }
}
