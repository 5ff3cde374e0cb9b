//! Files end before the words that they came with, and before the receipt is final, however far the read models are.

use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{ENDED, app, auditor, comes_to, counted, ended, keeps, later, purged, receipts, setup};
use crate::erasures::verified;
use crate::harness::TestApp;

/// The files that the members of a room still see by messages.
const SEEN: &str = "select count(*) from read.file_permission p join read.file f on f.id = p.file_id \
     where not f.deleted and p.ways <> '{}' and p.grantee_id = $1::uuid";

/// Keeps the read models where they are, for as long as its transaction goes on.
async fn holder(app: &TestApp) -> PgConnection {
    let mut holder = PgConnection::connect(&app.setup.superuser_url).await.unwrap();
    sqlx::raw_sql("begin; select from projection.checkpoint for update").execute(&mut holder).await.unwrap();
    holder
}

#[tokio::test]
async fn words_stay_until_the_last_of_very_many_files_that_came_with_them_has_ended() {
    let app = app().await;
    let ada = auditor(&app).await;
    let (alice, one) = app.member_of_a_room("alice").await;
    let other = alice.creates_room("other").await;
    // The first is looked at before the second, in each round.
    let (room, held) = if one.0 < other.0 { (one, other) } else { (other, one) };
    let address = format!("/v1/audit/holds/{}", app.setup.context.new_id());
    let body = json!({"room_id": held.0, "reason": "case 9"});
    ada.request("PUT", &address).header("audit-reason", "case 9").json(&body).send().await.expect(201);
    alice.sends(&held, "held").await;
    let mut files = vec![];
    for number in 0..20 {
        files.push(alice.uploads("a.txt", format!("of {number}")).await);
    }
    // One more than come in one go.
    for _ in 0..25 {
        alice.sends_files(&room, "with files", &files).await;
    }
    alice.sends_files(&room, "with the last one", &files[..1]).await;
    for place in [&room, &held] {
        keeps(&alice, place, "P1D").await;
    }
    app.settled().await;
    let holder = holder(&app).await;
    later(&app, 25);
    let revoked = "select count(*) from log.events \
         where event_type = 'file_revoked' and metadata->>'room_id' = $1";
    counted(&app, revoked, &room, 500).await;
    // What is held no longer ends in a round of its own, which came by the other room before.
    ada.request("DELETE", &address).header("audit-reason", "settled").send().await.expect(204);
    counted(&app, ENDED, &held, 1).await;
    counted(&app, ENDED, &room, 0).await;

    holder.close().await.unwrap();
    ended(&app, &room, 1).await;
    let left: i64 = sqlx::query_scalar(SEEN).bind(room.0.to_string()).fetch_one(&app.pool).await.unwrap();
    assert_eq!(left, 0);
    alice.get(&format!("/v1/files/{}", files[0])).await.expect_problem(404, "not-found");
    purged(&app, &room).await;
    verified(&app.setup).await;
}

#[tokio::test]
async fn a_file_that_read_models_did_not_know_of_ends_before_the_receipt_of_its_words_is_final() {
    let app = setup().await.flag("--blobs-grace=0s").flag("--blobs-collect-every=10ms").start().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let file = alice.uploads("a.txt", "one").await;
    alice.sends(&room, "before").await;
    keeps(&alice, &room, "P1D").await;
    app.settled().await;
    let holder = holder(&app).await;
    let sent = alice.sends_files(&room, "with a file", &[file]).await;
    later(&app, 25);
    counted(&app, ENDED, &room, 1).await;

    holder.close().await.unwrap();
    comes_to(&app, SEEN, &room, 0).await;
    let [receipt] = &*receipts(&app, &ada, &room).await else { panic!("one append, one receipt") };
    let name = "select payload->'blob'->>'filename_internal' from log.events where aggregate_id = $1 and sequence = 1";
    let name: String = sqlx::query_scalar(name).bind(file.to_string()).fetch_one(&app.pool).await.unwrap();
    assert_eq!(receipt["destroyed"]["blobs"], json!([name]));
    let places = receipt["positions"].as_array().unwrap();
    assert!(places.contains(&json!(sent.position)), "{receipt}");
    alice.get(&format!("/v1/files/{file}")).await.expect_problem(404, "not-found");
    verified(&app.setup).await;
}
