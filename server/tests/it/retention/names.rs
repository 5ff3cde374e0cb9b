//! What files were called ends with them, in the log too.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{app, auditor, comes_to, ended, keeps, later, purged, reads};
use crate::erasures::verified;
use crate::harness::{Person, Room, TestApp};

/// What an auditor reads that a file was called, as long as a key opens it; and the key.
async fn called(auditor: &Person, file: Uuid) -> (Value, String) {
    let path = format!("/v1/audit/events?stream=file-{file}&open=true");
    let told = reads(auditor, &path).await.expect(200).items()[0]["opened"]["filename_visible"].clone();
    (told["open"].clone(), told["key"].as_str().unwrap().to_owned())
}

/// The receipt of a file that ended, once it is final.
async fn receipt(app: &TestApp, auditor: &Person, room: &Room, file: Uuid) -> Value {
    let finished = format!(
        "select count(*) from read.erasure where finished is not null and kind = 'file' and subject_id = '{file}' \
             and $1 <> ''"
    );
    comes_to(app, &finished, room, 1).await;
    let id: Uuid = sqlx::query_scalar("select id from read.erasure where subject_id = $1")
        .bind(file)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    reads(auditor, &format!("/v1/audit/erasures/{id}")).await.expect(200).body
}

#[tokio::test]
async fn what_a_file_was_called_ends_with_it_in_the_log_and_its_receipt_names_the_key() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let other = alice.creates_room("other").await;
    let (ends, stays) = (alice.uploads("a.txt", "one").await, alice.uploads("b.txt", "two").await);
    let deleted = alice.uploads("c.txt", "three").await;
    let sent = alice.sends_files(&room, "with files", &[ends, stays, deleted]).await;
    alice.sends_files(&other, "again", &[stays]).await;
    let forward = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": room.0})).await.expect(201);
    let copies = bob.get(forward.header("location").unwrap()).await.expect(200).body["data"]["files"].clone();
    let copy: Uuid = copies[0]["id"].as_str().unwrap().parse().unwrap();
    alice.delete(&format!("/v1/files/{deleted}")).await.expect(204);
    keeps(&alice, &room, "P1D").await;
    app.settled().await;
    for (file, name) in [(ends, "a.txt"), (stays, "b.txt"), (deleted, "c.txt"), (copy, "a.txt")] {
        assert_eq!(called(&ada, file).await, (json!(name), format!("filename/{}/{file}", alice.id)));
    }
    later(&app, 25);
    ended(&app, &room, 1).await;
    purged(&app, &room).await;

    for file in [ends, copy] {
        let (name, key) = called(&ada, file).await;
        assert_eq!(name, Value::Null, "{key}");
        let receipt = receipt(&app, &ada, &room, file).await;
        let destroyed = json!({"key_ids": [key], "blobs": []});
        assert_eq!(
            (&receipt["kind"], &receipt["status"], &receipt["destroyed"]),
            (&json!("file"), &json!("final"), &destroyed)
        );
        // Not of what granted it, or took it away: nothing in that is sealed.
        let told =
            "select position from log.events where aggregate_type = 'file' and aggregate_id = $1 and sequence = 1";
        let told: i64 = sqlx::query_scalar(told).bind(file.to_string()).fetch_one(&app.pool).await.unwrap();
        assert_eq!(receipt["positions"], json!([told]));
    }
    // What is seen elsewhere, and what its owner deleted, is on record as it was.
    for (file, name) in [(stays, "b.txt"), (deleted, "c.txt")] {
        assert_eq!(called(&ada, file).await.0, json!(name));
    }
    verified(&app.setup).await;
    let rebuilt = app.setup.command(["projections", "rebuild"]).await;
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    verified(&app.setup).await;
}

/// They end by the hundred, in one append each, so that what all processes have read of the log is forgotten less
/// often.
#[tokio::test]
async fn files_end_together_and_so_do_their_names() {
    let app = app().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let mut files = vec![];
    for number in 0..10 {
        files.push(alice.uploads("a.txt", format!("of {number}")).await);
    }
    // Each goes with two messages: it ends with the second.
    for _ in 0..2 {
        alice.sends_files(&room, "with files", &files).await;
    }
    keeps(&alice, &room, "P1D").await;
    app.settled().await;
    later(&app, 25);
    ended(&app, &room, 1).await;
    let gone = "select count(*) from keys.key where labels[1] = 'filename' and wrapped is null and $1 <> ''";
    comes_to(&app, gone, &room, 10).await;
    let commands: i64 = sqlx::query_scalar(
        "select count(distinct metadata->>'command_id') from log.events where event_type = 'file_deleted'",
    )
    .fetch_one(&app.pool)
    .await
    .unwrap();
    assert_eq!(commands, 1);
    verified(&app.setup).await;
}
