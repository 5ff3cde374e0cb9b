//! Words that are found nowhere any more: not in any schema, the broker's store or the log of the server.

use std::path::Path;
use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::files::holds;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Room, Setup, Spawned, environment};

const WHISPER: &str = "canary-whisper-5f0c";
const REWORDED: &str = "canary-reworded-77aa";
const SPOKEN: &str = "canary-spoken-91d2";
const NAME: &str = "canary-name-b3e8";
const EMAIL: &str = "canary-mail-c4f1@example.org";
const KEPT: &str = "of somebody who stays";

/// The whole database as `pg_dump` writes it: every schema.
async fn dump(setup: &Setup) -> String {
    let tool = Path::new(&environment::postgres_bin()).join("pg_dump");
    let dumped = Command::new(tool).arg(&setup.superuser_url).output().await.unwrap();
    assert!(dumped.status.success(), "{}", String::from_utf8_lossy(&dumped.stderr));
    String::from_utf8_lossy(&dumped.stdout).into_owned()
}

/// How many files are below a folder.
fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

/// Somebody with the name and the email that are to be found nowhere.
async fn registers_canary(server: &Spawned) -> Person {
    let request = crate::harness::client().post(format!("{}/v1/users", server.url));
    let body = json!({"email": EMAIL, "password": PASSWORD, "display_name": NAME});
    assert_eq!(request.json(&body).send().await.unwrap().status(), 201);
    Person::signs_in(&server.url, EMAIL, PASSWORD).await
}

#[tokio::test]
async fn what_was_destroyed_is_found_nowhere() {
    let setup = Setup::new().await;
    let server = Spawned::serve(&setup, &["--log=debug,sqlx=warn,async_nats=warn"]).await;
    let (canary, alice) = (registers_canary(&server).await, server.registers("alice").await);
    let room = alice.creates_room("general").await;
    alice.adds(&room, &canary).await;
    canary.put("/v1/users/me/settings", json!({"note": SPOKEN})).await.expect(204);
    let spoken = canary.sends(&room, SPOKEN).await;
    canary.patch(&room.path(&format!("/messages/{}", spoken.id)), json!({"text": REWORDED})).await.expect(200);
    alice.sends(&room, KEPT).await;
    let body = json!({"type": "secret", "member_ids": [alice.id]});
    let secret = Room(canary.post("/v1/rooms", body).await.expect(201).id());
    let whisper = canary.sends(&secret, WHISPER).await;
    let read = alice.request("GET", &secret.path("/messages"));
    let read = read.header("min-event-position", whisper.position.to_string()).patiently().await.expect(200);
    assert_eq!(read.items()[0]["data"]["text"], WHISPER);
    assert_eq!(canary.reads(&room).await, [REWORDED, KEPT]);
    let before = dump(&setup).await;
    assert!([SPOKEN, REWORDED, NAME, EMAIL, KEPT].iter().all(|word| before.contains(word)), "read models are readable");
    assert!(!before.contains(WHISPER), "but for what is secret");

    canary.delete(&secret.path(&format!("/messages/{}", whisper.id))).await.expect(200);
    let erase = canary.request("DELETE", "/v1/users/me").json(&json!({"password": PASSWORD}));
    let receipt = erase.send().await.expect(200);
    let (address, deadline) = (receipt.body["address"].as_str().unwrap(), Instant::now() + Duration::from_secs(20));
    while alice.request("GET", address).send().await.expect(200).body["status"] != "final" {
        assert!(Instant::now() < deadline, "it is not purged");
        // Polls as whoever has the receipt would.
        sleep(Duration::from_millis(20)).await;
    }

    let after = dump(&setup).await;
    assert!(after.contains(KEPT));
    let store = setup.broker.as_ref().unwrap().store();
    assert!(files(&store) > 0 && holds(&store, &alice.id.to_string()), "the broker has the log, sealed");
    let log = serde_json::to_string(&*server.log.lock().unwrap()).unwrap();
    assert!(log.contains("projected"), "the log is the one that was asked for");
    for word in [WHISPER, REWORDED, SPOKEN, NAME, EMAIL, EMAIL.split('@').next().unwrap()] {
        assert!(!after.contains(word), "{word} is in the database");
        assert!(!holds(&store, word), "{word} is in the broker's store");
        assert!(!log.contains(word), "{word} is in the log of the server");
        let list = alice.get(&room.path("/messages")).await.expect(200).text;
        assert!(!list.contains(word), "{word} is shown");
    }
}

/// The bytes and the name of a secret room's file, of one that is there and of one that is on its way.
#[tokio::test]
async fn what_a_secret_file_holds_is_found_nowhere() {
    let setup = Setup::new().await;
    let flags = ["--log=debug,sqlx=warn,async_nats=warn", "--blobs-collect-every=10ms"];
    let server = Spawned::serve(&setup, &flags).await;
    let (alice, bob) = (server.registers("alice").await, server.registers("bob").await);
    let secret = alice.confides_in(&bob).await;
    let bytes = format!("{WHISPER}{}", "0123456789".repeat(20_000));
    let id = alice.whispers(&secret, &format!("{NAME}.txt"), bytes.clone()).await.expect(201).id();
    let sent = alice.sends_files(&secret, SPOKEN, &[id]).await;
    let path = format!("/v1/files/{id}/content");
    let read = bob.request("GET", &path).header("min-event-position", sent.position.to_string());
    let read = read.patiently().await.expect(200);
    assert!(read.text == bytes && read.header("content-disposition").unwrap().contains(NAME));

    let begins = alice.request("POST", &format!("/v1/uploads?room={}", secret.0)).header("tus-resumable", "1.0.0");
    let begins = begins.header("upload-length", "1000").header("upload-metadata", "filename Y2FuYXJ5LW5hbWUtYjNlOA==");
    let begins = begins.header("content-type", "application/offset+octet-stream").bytes(REWORDED);
    let begun = begins.send().await.expect(201);
    assert_eq!(begun.header("upload-offset").unwrap(), REWORDED.len().to_string());

    let blobs = setup.folder.path().join("blobs");
    let nowhere = async |stage: &str| {
        let (dump, store) = (dump(&setup).await, setup.broker.as_ref().unwrap().store());
        let log = serde_json::to_string(&*server.log.lock().unwrap()).unwrap();
        assert!(dump.contains(&id.to_string()) && log.contains("projected"), "they are the ones");
        // The name as it was sent, and in base64 as a note would have it.
        for word in [WHISPER, NAME, SPOKEN, REWORDED, "Y2FuYXJ5LW5hbWUtYjNlOA"] {
            assert!(!holds(&blobs, word), "{stage}: {word} is among the blobs");
            assert!(!dump.contains(word), "{stage}: {word} is in the database");
            assert!(!holds(&store, word), "{stage}: {word} is in the broker's store");
            assert!(!log.contains(word), "{stage}: {word} is in the log of the server");
        }
    };
    nowhere("while it is there").await;
    assert_eq!(files(&blobs.join("kept")), 1);
    let receipt = alice.delete(&secret.message(&sent, "")).await.expect(200);
    for person in [&alice, &bob] {
        let gone = person.request("GET", &path).header("min-event-position", receipt.position().unwrap().to_string());
        gone.patiently().await.expect_problem(404, "not-found");
    }
    let (address, deadline) = (receipt.body["address"].as_str().unwrap(), Instant::now() + Duration::from_secs(20));
    while alice.request("GET", address).send().await.expect(200).body["status"] != "final" {
        assert!(Instant::now() < deadline, "its bytes stay");
        // Polls as whoever has the receipt would.
        sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(files(&blobs.join("kept")), 0);
    nowhere("once it is destroyed").await;
}
