//! Bytes that nothing refers to go, and no others.

use std::time::Duration;

use image::ImageFormat;
use serde_json::json;
use sqlx::Connection;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::images::image;
use super::{count, file, left};
use crate::erasures::{erases, finished};
use crate::harness::{Person, Setup, TestApp};

/// Bytes go as soon as they may.
async fn eager() -> TestApp {
    eagerly(Setup::without_nats().await).await
}

pub(super) async fn eagerly(setup: Setup) -> TestApp {
    setup.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms").start().await
}

#[tokio::test]
async fn bytes_go_with_the_last_record_that_refers_to_them() {
    go_with_the_last_record(&eager().await).await;
}

pub(super) async fn go_with_the_last_record(app: &TestApp) {
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("a", "one").await;
    let sent = alice.sends_files(&room, "", &[id]).await;
    app.settled().await;
    let second = bob.creates_room("second").await;
    let forward = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await.expect(201);
    let message = bob.get(forward.header("location").unwrap()).await.expect(200);
    let copy = message.body["data"]["files"][0]["id"].as_str().unwrap().parse().unwrap();
    alice.delete(&file(id, "")).await.expect(204);
    let other = alice.uploads("b", "two").await;
    alice.delete(&file(other, "")).await.expect(204);
    left(app, 1).await;
    assert_eq!(bob.get(&file(copy, "/content")).await.expect(200).text, "one");
    bob.delete(&file(copy, "")).await.expect(204);
    left(app, 0).await;
    let condemned = "select count(*) from log.events where event_type = 'blob_condemned'";
    assert_eq!(sqlx::query_scalar::<_, i64>(condemned).fetch_one(&app.pool).await.unwrap(), 2);
}

#[tokio::test]
async fn the_same_bytes_come_back_under_another_name_whenever_they_went() {
    come_back_under_another_name(&eager().await).await;
}

pub(super) async fn come_back_under_another_name(app: &TestApp) {
    let alice = app.registers("alice").await;
    for _ in 0..20 {
        let id = alice.uploads("a", "one").await;
        // The collector is at work while the same bytes come and go.
        let again = alice.uploads("a", "one").await;
        alice.delete(&file(id, "")).await.expect(204);
        assert_eq!(alice.get(&file(again, "/content")).await.expect(200).text, "one");
        alice.delete(&file(again, "")).await.expect(204);
    }
    left(app, 0).await;
    let id = alice.uploads("a", "one").await;
    assert_eq!(alice.get(&file(id, "/content")).await.expect(200).text, "one");
    let name: String =
        sqlx::query_scalar("select blob from read.file where id = $1").bind(id).fetch_one(&app.pool).await.unwrap();
    assert!(name.contains('-'), "{name}");
}

#[tokio::test]
async fn bytes_without_a_record_go_and_nothing_goes_while_a_backup_is_taken() {
    let app = eager().await;
    let alice = app.registers("alice").await;
    let kept = app.setup.folder.path().join("blobs/kept/ab");
    let mut backup = sqlx::PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock_shared($1)").bind(reactor::COLLECTING).execute(&mut backup).await.unwrap();
    std::fs::create_dir_all(&kept).unwrap();
    std::fs::write(kept.join("abcd"), "orphan").unwrap();
    let id = alice.uploads("a", "one").await;
    alice.delete(&file(id, "")).await.expect(204);
    app.settled().await;
    let noted = "select count(*) from observed.blob";
    while sqlx::query_scalar::<_, i64>(noted).fetch_one(&app.pool).await.unwrap() < 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(count(&app, "kept"), 2);
    drop(backup);
    left(&app, 0).await;
}

#[tokio::test]
async fn a_receipt_is_final_also_where_whoever_removed_the_bytes_was_killed_before_it_was_noted() {
    let app = eager().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let mut removing = sqlx::PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock_shared($1)").bind(reactor::COLLECTING).execute(&mut removing).await.unwrap();
    let id = alice.uploads("a", "hers").await;
    app.settled().await;
    let name = sqlx::query_scalar("select blob from read.file where id = $1").bind(id);
    let name: String = name.fetch_one(&app.pool).await.unwrap();
    let digest = digest(&alice, id).await;
    let receipt = erases(&alice).await.expect(200);
    std::fs::remove_file(app.setup.folder.path().join("blobs/kept").join(&name[..2]).join(&name)).unwrap();
    let shown = finished(&bob, &receipt).await;
    assert_eq!(shown.body["destroyed"]["blobs"], json!([digest]));
    drop(removing);
}

#[tokio::test]
async fn a_receipt_is_final_once_the_bytes_are_gone_and_names_them() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let hers = alice.uploads("a", "hers").await;
    alice.uploads("b", "both").await;
    bob.uploads("b", "both").await;
    let picture = alice.uploads("c.png", image(640, 400, ImageFormat::Png)).await;
    let gone = alice.uploads("d", "gone before").await;
    // What others forwarded of hers is hers all the same.
    let sent = alice.sends_files(&room, "", &[hers]).await;
    app.settled().await;
    let second = bob.creates_room("second").await;
    bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await.expect(201);
    let deleted = digest(&alice, gone).await;
    alice.delete(&file(gone, "")).await.expect(204);
    let preview: String = sqlx::query_scalar("select preview_sha256 from read.file where id = $1")
        .bind(picture)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    let mut digests = vec![digest(&alice, hers).await, digest(&alice, picture).await, preview, deleted];
    digests.sort();
    let erased = erases(&alice).await.expect(200);
    assert_eq!(erased.body["destroyed"]["blobs"], json!([]), "they are there yet");
    let receipt = finished(&bob, &erased).await;
    // What was deleted before, and had its time of grace yet, too.
    assert_eq!(count(&app, "kept"), 1, "without grace, and none that somebody else has");
    assert_eq!(receipt.body["destroyed"]["blobs"], json!(digests));
}

#[tokio::test]
async fn bytes_that_two_had_are_named_by_the_later_erasure() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let both = alice.uploads("b", "both").await;
    bob.uploads("b", "both").await;
    let digest = digest(&alice, both).await;
    let first = erases(&alice).await.expect(200);
    assert_eq!(finished(&bob, &first).await.body["destroyed"]["blobs"], json!([]));
    let second = erases(&bob).await.expect(200);
    assert_eq!(finished(&bob, &second).await.body["destroyed"]["blobs"], json!([digest]));
    assert_eq!(finished(&bob, &first).await.body["destroyed"]["blobs"], json!([]), "a final receipt stays");
}

#[tokio::test]
async fn a_receipt_waits_for_bytes_of_another_s_file_that_only_copies_of_theirs_have() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let mut files = vec![];
    for bytes in ["copied", "copied and deleted", "hers too"] {
        files.push(alice.uploads("a", bytes).await);
    }
    let sent = alice.sends_files(&room, "", &files).await;
    app.settled().await;
    let second = bob.creates_room("second").await;
    let forward = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await.expect(201);
    let message = bob.get(forward.header("location").unwrap()).await.expect(200);
    let copy: Uuid = message.body["data"]["files"][1]["id"].as_str().unwrap().parse().unwrap();
    let mut digests = vec![digest(&alice, files[0]).await, digest(&alice, files[1]).await];
    digests.sort();
    for id in &files[..2] {
        alice.delete(&file(*id, "")).await.expect(204);
    }
    bob.delete(&file(copy, "")).await.expect(204);

    let mut removing = sqlx::PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::query("select pg_advisory_lock_shared($1)").bind(reactor::COLLECTING).execute(&mut removing).await.unwrap();
    let receipt = erases(&bob).await.expect(200);
    // What is erased later is final before: the bytes are there yet.
    finished(&alice, &erases(&carol).await.expect(200)).await;
    let waiting = alice.request("GET", receipt.body["address"].as_str().unwrap()).send().await.expect(200);
    assert_eq!((&waiting.body["status"], count(&app, "kept")), (&json!("provisional"), 3));
    drop(removing);
    let shown = finished(&alice, &receipt).await;
    assert_eq!(shown.body["destroyed"]["blobs"], json!(digests));
    assert_eq!(count(&app, "kept"), 1, "what alice has");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_holds_up_no_other_and_no_receipt_but_its_owner_s() {
    let setup = Setup::without_nats().await.flag("--blobs-grace=0s");
    let server = setup.spawn_with(&["--blobs-collect-every=1h"]).await;
    let (alice, bob) = (server.registers("alice").await, server.registers("bob").await);
    // Bytes are looked at in the order of their digests: 3fc4 and 7692.
    let damaged = alice.uploads("a", "two").await;
    alice.delete(&file(damaged, "")).await.expect(204);
    bob.uploads("b", "one").await;
    let receipt = erases(&bob).await.expect(200);
    let mut superuser = sqlx::PgConnection::connect(&setup.superuser_url).await.unwrap();
    let seen = "select c.position = h.position from read.checkpoint c cross join log.head h";
    let deadline = Instant::now() + Duration::from_secs(20);
    while !sqlx::query_scalar::<_, bool>(seen).fetch_one(&mut superuser).await.unwrap() {
        assert!(Instant::now() < deadline, "read models stay behind");
        // Polls what the projector does by itself.
        sleep(Duration::from_millis(10)).await;
    }
    // Nobody has it in memory any more.
    drop(server);
    let damage = format!(
        "set session_replication_role = replica; \
         update log.events set payload = '{{}}' where aggregate_id = '{damaged}' and sequence = 1"
    );
    sqlx::raw_sql(&damage).execute(&mut superuser).await.unwrap();
    let app = eagerly(setup).await;
    left(&app, 1).await;
    let alice = alice.at(&app.url);
    finished(&alice, &receipt).await;
    assert!(app.setup.folder.path().join("blobs/kept/3f").exists(), "it is the one that is left");
}

/// The digest of a file's bytes, in hex.
async fn digest(person: &Person, id: Uuid) -> String {
    let shown = person.get(&file(id, "")).await.expect(200);
    shown.body["hash"].as_str().unwrap().strip_prefix("sha256:").unwrap().to_owned()
}
