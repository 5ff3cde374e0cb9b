//! A final receipt names all that stands in the log sealed for good, and nothing else.

use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};
use uuid::Uuid;

use super::{PURGES_WITHIN, erases, finished};
use crate::administration::of;
use crate::harness::person::PASSWORD;
use crate::harness::{Person, Setup, TestApp};

/// The places of what keys of somebody sealed, their own or those that it wraps: as whoever has an export finds them.
pub(crate) async fn sealed_of(app: &TestApp, person: &Person) -> Vec<i64> {
    let sql = "select distinct l.position \
         from log.events l, json_array_elements_text(l.metadata -> 'key_ids') k (name) \
         where k.name like '%' || $1 || '%' and k.name not like 'audit/%' order by 1";
    sqlx::query_scalar(sql).bind(person.id.to_string()).fetch_all(&app.pool).await.unwrap()
}

/// The places of what the keys that a receipt names sealed: as whoever has an export finds them.
async fn sealed_with_those_of(app: &TestApp, receipt: &Value) -> Vec<i64> {
    let keys: Vec<String> = serde_json::from_value(receipt["destroyed"]["key_ids"].clone()).unwrap();
    let sql = "select distinct l.position \
         from log.events l, json_array_elements_text(l.metadata -> 'key_ids') k (name) \
         where k.name = any($1) order by 1";
    sqlx::query_scalar(sql).bind(keys).fetch_all(&app.pool).await.unwrap()
}

/// The places that the receipt of a file names, once it is final: who deletes it is not told its address.
async fn places_of(app: &TestApp, file: Uuid) -> Vec<i64> {
    let sql = "select positions from read.erasure where subject_id = $1 and finished is not null";
    let deadline = Instant::now() + PURGES_WITHIN;
    loop {
        if let Some(places) = sqlx::query_scalar(sql).bind(file).fetch_optional(&app.pool).await.unwrap() {
            return places;
        }
        assert!(Instant::now() < deadline, "the receipt of {file} stays provisional");
        // Polls what the reactor does by itself.
        sleep(Duration::from_millis(20)).await;
    }
}

/// What happened there, each kind once.
async fn kinds(app: &TestApp, positions: &[i64]) -> Vec<String> {
    let sql = "select distinct event_type from log.events where position = any($1) order by 1";
    sqlx::query_scalar(sql).bind(positions).fetch_all(&app.pool).await.unwrap()
}

#[tokio::test]
async fn a_receipt_of_an_account_names_all_that_cannot_be_read_any_more() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=20ms").start().await;
    let admin = app.administrator("root").await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    admin.put(&of(&bob, "suspension"), json!({"reason": "of root, about bob"})).await.expect(204);
    admin.delete(&of(&bob, "suspension")).await.expect(204);
    let bob = Person::signs_in(&app.url, &bob.email, PASSWORD).await;
    let granted = app.setup.command(["admin", "grant-role", &bob.email, "admin"]).await;
    assert!(granted.status.success(), "{granted:?}");
    bob.put(&of(&eve, "suspension"), json!({"reason": "of bob, about eve"})).await.expect(204);
    bob.patch("/v1/users/me", json!({"display_name": "Robert"})).await.expect(200);
    bob.put("/v1/users/me/settings", json!({"theme": "dark"})).await.expect(204);

    alice.adds(&room, &bob).await;
    let file = bob.uploads("plan.txt", "plan").await;
    let said = bob.sends_files(&room, "look", &[file]).await;
    bob.patch(&room.message(&said, ""), json!({"text": "do look"})).await.expect(200);
    let hers = alice.sends(&room, "of alice").await;
    bob.put(&room.message(&hers, "/reactions/👍"), json!({})).await.expect(204);
    let his = bob.creates_room("his").await;
    bob.bans(&his, &eve, json!({"reason": "spam"})).await.expect(204);
    // His words and his file, in a room that he was never in.
    let elsewhere = alice.creates_room("elsewhere").await;
    let forwarded = alice.post(&room.message(&said, "/forwards"), json!({"to_room_id": elsewhere.0})).await.expect(201);
    let secret = alice.confides_in(&bob).await;
    let whispered = bob.sends(&secret, "psst").await;
    let hush = alice.sends(&secret, "hush").await;
    bob.put(&secret.message(&hush, "/reactions/👍"), json!({})).await.expect(204);

    let receipt = finished(&alice, &erases(&bob).await.expect(200)).await.body;
    let positions: Vec<i64> = serde_json::from_value(receipt["positions"].clone()).unwrap();
    assert_eq!(positions, sealed_of(&app, &bob).await);
    for place in [said.position, forwarded.position().unwrap(), whispered.position] {
        assert!(positions.contains(&place), "{place} of {positions:?}");
    }
    assert!(![hers.position, hush.position].iter().any(|place| positions.contains(place)), "{positions:?}");
    let kinds = kinds(&app, &positions).await;
    let expected = [
        "file_forwarded",
        "file_uploaded",
        "membership_banned",
        "message_edited",
        "message_sent",
        "reaction_added",
        "session_started",
        "settings_updated",
        "user_registered",
        "user_renamed",
        "user_suspended",
    ];
    assert_eq!(kinds, expected);
}

#[tokio::test]
async fn a_receipt_of_a_secret_message_names_what_its_keys_sealed_in_other_streams_too() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=20ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let plan = alice.whispers(&room, "plan.txt", "plan").await.expect(201);
    let other = alice.whispers(&room, "other.txt", "other").await.expect(201);
    let kept = alice.sends_files(&room, "kept", &[other.id()]).await;
    bob.put(&room.message(&kept, "/reactions/👍"), json!({})).await.expect(204);
    let sent = alice.sends_files(&room, "look", &[plan.id()]).await;
    let path = room.message(&sent, "");
    let (thumb, crab) = (format!("{path}/reactions/👍"), format!("{path}/reactions/🦀"));
    let unsealed = alice.put(&format!("{path}/pin"), json!({})).await.expect(204);
    let sealed = [
        bob.put(&thumb, json!({})).await.expect(204),
        alice.patch(&path, json!({"text": "do look"})).await.expect(200),
        alice.put(&crab, json!({})).await.expect(204),
        bob.delete(&thumb).await.expect(204),
    ];
    let uploaded = plan.position().unwrap();
    let mut places = vec![uploaded, sent.position];
    places.extend(sealed.iter().map(|answer| answer.position().unwrap()));

    let receipt = alice.delete(&path).await.expect(200);
    let own = [sent.position, unsealed.position().unwrap(), sealed[1].position().unwrap()];
    assert_eq!(receipt.body["positions"], json!(own), "its stream, as that is proved");
    assert_eq!(receipt.body["destroyed"]["key_ids"].as_array().unwrap().len(), 4);
    let receipt = finished(&alice, &receipt).await.body;
    assert_eq!(receipt["positions"], json!(places));
    assert_eq!(sealed_with_those_of(&app, &receipt).await, places);
    // The file has a receipt of its own, which does not name what granted it to the room.
    assert_eq!(places_of(&app, plan.id()).await, [uploaded]);
}

#[tokio::test]
async fn what_a_file_was_called_that_its_owner_destroyed_stands_in_both_receipts() {
    let app = Setup::without_nats().await.flag("--blobs-collect-every=20ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let file = alice.whispers(&room, "plan.txt", "plan").await.expect(201);
    let sent = alice.sends_files(&room, "look", &[file.id()]).await;
    let uploaded = file.position().unwrap();
    alice.delete(&format!("/v1/files/{}", file.id())).await.expect(204);
    assert_eq!(places_of(&app, file.id()).await, [uploaded]);

    let receipt = alice.delete(&room.message(&sent, "")).await.expect(200);
    let receipt = finished(&alice, &receipt).await.body;
    assert_eq!(receipt["positions"], json!([uploaded, sent.position]));
    assert_eq!(sealed_with_those_of(&app, &receipt).await, [uploaded, sent.position]);
}
