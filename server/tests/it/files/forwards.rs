//! Files of messages that are forwarded.

use serde_json::json;
use uuid::Uuid;

use super::{count, file};
use crate::harness::room::Sent;
use crate::harness::{Person, Room, TestApp};

/// Forwards a message; the new one, and its files.
async fn forwards(person: &Person, from: &Room, sent: &Sent, to: &Room) -> (Sent, Vec<Uuid>) {
    let answer = person.post(&from.message(sent, "/forwards"), json!({"to_room_id": to.0})).await.expect(201);
    let message = person.get(answer.header("location").unwrap()).await.expect(200);
    let files = message.body["data"]["files"].as_array().into_iter().flatten();
    let ids = files.map(|file| file["id"].as_str().unwrap().parse().unwrap()).collect();
    (Sent { id: answer.id(), position: answer.position().unwrap() }, ids)
}

#[tokio::test]
async fn a_forward_makes_files_of_its_own_that_outlive_what_they_were_made_of() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let id = alice.uploads("a.txt", "one").await;
    let sent = alice.sends_files(&room, "look", &[id]).await;
    let second = bob.creates_room("second").await;
    bob.adds(&second, &carol).await;
    let (forwarded, copies) = forwards(&bob, &room, &sent, &second).await;
    let copy = copies[0];
    let shown = carol.get(&file(copy, "")).await.expect(200).body;
    assert_eq!(
        json!([shown["owner_id"], shown["forwarded_from"], shown["filename_visible"], shown["size"], shown["version"]]),
        json!([bob.id, id, "a.txt", 3, 1])
    );
    carol.get(&file(id, "")).await.expect_problem(404, "not-found");
    alice.get(&file(copy, "")).await.expect_problem(404, "not-found");
    assert_eq!(count(&app, "kept"), 1);

    // Of a forward there are forwards.
    let third = carol.creates_room("third").await;
    let (_, again) = forwards(&carol, &second, &forwarded, &third).await;
    assert_eq!(carol.get(&file(again[0], "")).await.expect(200).body["forwarded_from"], json!(copy));
    alice.delete(&file(id, "")).await.expect(204);
    alice.delete(&room.message(&sent, "")).await.expect(204);
    assert_eq!(carol.get(&file(copy, "/content")).await.expect(200).text, "one");
    bob.delete(&second.message(&forwarded, "")).await.expect(204);
    carol.get(&file(copy, "")).await.expect_problem(404, "not-found");
    assert_eq!(carol.get(&file(again[0], "/content")).await.expect(200).text, "one");
}

#[tokio::test]
async fn what_is_gone_is_not_forwarded() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let ids = [alice.uploads("a", "one").await, alice.uploads("b", "two").await, alice.uploads("c", "three").await];
    let sent = alice.sends_files(&room, "look", &ids).await;
    alice.delete(&file(ids[0], "")).await.expect(204);
    alice.delete(&file(ids[2], &format!("/permissions/rooms/{}", room.0))).await.expect(204);
    let second = bob.creates_room("second").await;
    let (_, copies) = forwards(&bob, &room, &sent, &second).await;
    let from = bob.get(&file(copies[0], "")).await.expect(200).body["forwarded_from"].clone();
    assert_eq!((copies.len(), from), (1, json!(ids[1])));

    // Of a message that was nothing but a file, nothing is left with it.
    let alone = alice.uploads("d", "four").await;
    let sent = alice.sends_files(&room, "", &[alone]).await;
    alice.delete(&file(alone, "")).await.expect(204);
    let forward = bob.post(&room.message(&sent, "/forwards"), json!({"to_room_id": second.0})).await;
    forward.expect_problem(422, "invalid");
}

#[tokio::test]
async fn with_a_person_all_that_they_uploaded_ends() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let (hers, his) = (alice.uploads("canary.txt", "one").await, bob.uploads("same.txt", "one").await);
    let sent = alice.sends_files(&room, "", &[hers]).await;
    bob.sends_files(&room, "", &[his]).await;
    let second = bob.creates_room("second").await;
    let (_, copies) = forwards(&bob, &room, &sent, &second).await;
    alice
        .request("DELETE", "/v1/users/me")
        .json(&json!({"password": crate::harness::person::PASSWORD}))
        .send()
        .await
        .expect(200);
    for id in [hers, copies[0]] {
        bob.get(&file(id, "")).await.expect_problem(404, "not-found");
        bob.get(&file(id, "/content")).await.expect_problem(404, "not-found");
    }
    assert_eq!(bob.get(&file(his, "/content")).await.expect(200).text, "one");
    app.settled().await;
    let held = "select count(*) from projection.purge where done_at is null";
    while sqlx::query_scalar::<_, i64>(held).fetch_one(&app.pool).await.unwrap() > 0 {
        tokio::task::yield_now().await;
    }
    let names: Vec<Option<String>> =
        sqlx::query_scalar("select filename from read.file order by position").fetch_all(&app.pool).await.unwrap();
    assert_eq!(names, [None, Some("same.txt".to_owned()), None]);
    let his = "select files from read.file_usage where user_id = $1";
    let count: i64 = sqlx::query_scalar(his).bind(bob.id).fetch_one(&app.pool).await.unwrap();
    assert_eq!(count, 1, "what he made of hers weighs on him no more");
    let verified = app.setup.command(["projections", "verify"]).await;
    assert!(verified.status.success(), "{verified:?}");
}
