//! What receipts of what a room keeps no longer tell, and when they are final.

use serde_json::json;

use super::{auditor, comes_to, ended, keeps, later, purged, reads, receipts, setup};
use crate::erasures::{erases, finished};
use crate::record::receipts::{is_true, key};

#[tokio::test]
async fn a_receipt_names_bytes_and_places_and_is_final_once_the_bytes_are_gone() {
    let setup = setup().await.signing().flag("--blobs-grace=5d").flag("--blobs-collect-every=10ms");
    let app = setup.start().await;
    let ada = auditor(&app).await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let (alone, shared) = (alice.uploads("a.txt", "one").await, alice.uploads("b.txt", "two").await);
    bob.uploads("b.txt", "two").await;
    let mut sealed = vec![alice.sends_files(&room, "with files", &[alone, shared]).await.position];
    let said = bob.sends(&room, "of bob").await;
    sealed.push(said.position);
    sealed.push(bob.patch(&room.message(&said, ""), json!({"text": "reworded"})).await.expect(200).position().unwrap());
    sealed.push(alice.put(&room.message(&said, "/reactions/👍"), json!({})).await.expect(204).position().unwrap());
    let banned = alice.bans(&room, &carol, json!({"reason": "spam"})).await.expect(204);
    sealed.push(banned.position().unwrap());
    alice.put(&room.message(&said, "/pin"), json!({})).await.expect(204);
    keeps(&alice, &room, "P1D").await;
    later(&app, 25);
    ended(&app, &room, 1).await;
    purged(&app, &room).await;

    // What is erased later is final before: the bytes have their time of grace.
    finished(&ada, &erases(&carol).await.expect(200)).await;
    let expired = reads(&ada, &format!("/v1/audit/events?type=messages_expired&room={}", room.0)).await.expect(200);
    let id = expired.items()[0]["payload"]["erasure"]["id"].as_str().unwrap().to_owned();
    let waiting = reads(&ada, &format!("/v1/audit/erasures/{id}")).await.expect(200).body;
    assert_eq!((&waiting["status"], &waiting["destroyed"]["blobs"]), (&json!("provisional"), &json!([])));

    later(&app, 6);
    let [receipt] = &*receipts(&app, &ada, &room).await else { panic!("one append, one receipt") };
    let name = "select payload->'blob'->>'filename_internal' from log.events where aggregate_id = $1 and sequence = 1";
    let name: String = sqlx::query_scalar(name).bind(alone.to_string()).fetch_one(&app.pool).await.unwrap();
    assert_eq!(receipt["destroyed"]["blobs"], json!([name]), "what others have stays");
    assert_eq!(receipt["positions"], json!(sealed));
    let covered = format!("/v1/audit/checkpoint?min_position={}", app.head().await);
    ada.get(&covered).await.expect(200);
    let receipt = reads(&ada, &format!("/v1/audit/erasures/{id}")).await.expect(200).body;
    is_true(&app, &receipt, &key(&ada).await, "final").await;
}

#[tokio::test]
async fn of_a_secret_room_they_name_what_ended_with_a_message_in_other_streams_too() {
    let app = setup().await.flag("--blobs-collect-every=10ms").start().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let room = alice.confides_in(&bob).await;
    let file = alice.whispers(&room, "s.txt", "secret").await.expect(201);
    let sent = alice.sends_files(&room, "with a file", &[file.id()]).await;
    let reacted = bob.put(&room.message(&sent, "/reactions/👍"), json!({})).await.expect(204);
    keeps(&bob, &room, "P2D").await;
    later(&app, 3);
    let of_it = "select count(*) from read.erasure e join read.message m on m.id = e.subject_id \
         where e.finished is not null and e.kind = 'message' and m.room_id = $1::uuid";
    comes_to(&app, of_it, &room, 1).await;
    let places: Vec<i64> = sqlx::query_scalar("select positions from read.erasure where subject_id = $1")
        .bind(sent.id)
        .fetch_one(&app.pool)
        .await
        .unwrap();
    assert_eq!(places, [file.position().unwrap(), sent.position, reacted.position().unwrap()]);
}
