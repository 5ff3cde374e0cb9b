//! Messages that files go with.

use serde_json::{Value, json};
use uuid::Uuid;

use super::file;
use crate::harness::{Answer, Person, Room, TestApp};

async fn sends(person: &Person, room: &Room, body: Value) -> Answer {
    person.post(&room.path("/messages"), body).await
}

/// The names of the files that the room's messages show, oldest first.
async fn shown(person: &Person, room: &Room) -> Vec<Vec<String>> {
    let page = person.get(&room.path("/messages")).await.expect(200);
    let names = |message: &&Value| {
        let files = message["data"]["files"].as_array()?;
        Some(files.iter().map(|file| file["filename_visible"].as_str().unwrap().to_owned()).collect())
    };
    page.messages().iter().filter_map(names).collect()
}

#[tokio::test]
async fn sending_grants_the_room_and_leaving_it_loses() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, eve) = (app.registers("bob").await, app.registers("eve").await);
    alice.adds(&room, &bob).await;
    let ids = [alice.uploads("a.txt", "one").await, alice.uploads("b.txt", "two").await];
    let sent = sends(&alice, &room, json!({"file_ids": ids})).await.expect(201);
    app.settled().await;
    let message = bob.get(sent.header("location").unwrap()).await.expect(200);
    assert_eq!(message.body["position"].as_i64(), sent.position());
    assert_eq!(
        (&message.body["data"]["text"], message.body["data"]["files"].as_array().unwrap().len()),
        (&json!(""), 2)
    );
    assert_eq!(message.body["data"]["files"][1], bob.get(&file(ids[1], "")).await.expect(200).body);
    assert_eq!(bob.get(&file(ids[0], "/content")).await.expect(200).text, "one");
    eve.get(&file(ids[0], "")).await.expect_problem(404, "not-found");

    bob.leaves(&room).await;
    bob.get(&file(ids[0], "")).await.expect_problem(404, "not-found");
    alice.adds(&room, &bob).await;
    bob.get(&file(ids[0], "")).await.expect(200);
    // With everything its owner has a file also when they left.
    alice.get(&file(ids[0], "")).await.expect(200);
}

#[tokio::test]
async fn only_one_s_own_files_are_sent_by_who_may_send_files() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("a.txt", "one").await;
    let nothing: Uuid = "01900000-0000-7000-8000-000000000000".parse().unwrap();
    let pointer = |answer: Answer| answer.expect_problem(422, "invalid").body["errors"][0]["pointer"].clone();
    let bobs = bob.uploads("b.txt", "two").await;
    for (id, slot) in [(id, "/file_ids/1"), (nothing, "/file_ids/1"), (bobs, "/file_ids/1")] {
        assert_eq!(pointer(sends(&bob, &room, json!({"file_ids": [bobs, id]})).await), slot, "{id}");
    }
    let many: Vec<_> = std::iter::repeat_n(bobs, 21).collect();
    assert_eq!(pointer(sends(&bob, &room, json!({"file_ids": many})).await), "/file_ids");
    assert_eq!(pointer(sends(&bob, &room, json!({"file_ids": []})).await), "/text");
    assert_eq!(pointer(sends(&bob, &room, json!({"text": "", "file_ids": []})).await), "/text");
    assert_eq!(shown(&alice, &room).await, [[] as [String; 0]; 0]);
    alice.allows(&room, &["view_history", "send_messages"]).await;
    sends(&bob, &room, json!({"file_ids": [bobs]})).await.expect_problem(403, "forbidden");
    sends(&bob, &room, json!({"text": "words"})).await.expect(201);
    bob.delete(&file(bobs, "")).await.expect(204);
    alice.allows(&room, &["view_history", "send_messages", "send_files"]).await;
    assert_eq!(pointer(sends(&bob, &room, json!({"file_ids": [bobs]})).await), "/file_ids/0");
}

#[tokio::test]
async fn what_a_message_gave_ends_with_it() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("a.txt", "one").await;
    let (first, second) = (alice.sends_files(&room, "1", &[id]).await, alice.sends_files(&room, "2", &[id]).await);
    app.settled().await;
    alice.delete(&room.message(&first, "")).await.expect(204);
    bob.get(&file(id, "")).await.expect(200);
    assert_eq!(shown(&bob, &room).await, [["a.txt"]]);
    alice.delete(&room.message(&second, "")).await.expect(204);
    bob.get(&file(id, "")).await.expect_problem(404, "not-found");
    assert_eq!(bob.get(&room.message(&second, "")).await.expect(200).body["data"], json!({}));
    alice.get(&file(id, "")).await.expect(200);
}

#[tokio::test]
async fn a_message_goes_on_without_files_that_are_gone() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let [one, two] = [alice.uploads("a.txt", "one").await, alice.uploads("b.txt", "two").await];
    let sent = alice.sends_files(&room, "both", &[one, two]).await;
    app.settled().await;
    alice.delete(&file(one, "")).await.expect(204);
    assert_eq!(shown(&bob, &room).await, [["b.txt"]]);
    alice.delete(&file(two, &format!("/permissions/rooms/{}", room.0))).await.expect(204);
    assert_eq!(shown(&bob, &room).await, [[] as [&str; 0]]);
    bob.get(&file(two, "")).await.expect_problem(404, "not-found");
    // Its wording may be taken away, as something went with it.
    alice.patch(&room.message(&sent, ""), json!({"text": ""})).await.expect(200);
    let words = alice.sends(&room, "words").await;
    alice.patch(&room.message(&words, ""), json!({"text": ""})).await.expect_problem(422, "invalid");
}

#[tokio::test]
async fn files_come_into_a_secret_room_by_an_upload_for_it_alone() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let secret = json!({"type": "secret", "member_ids": [bob.id]});
    let secret = Room(alice.post("/v1/rooms", secret).await.expect(201).id());
    let id = alice.uploads("a.txt", "one").await;
    sends(&alice, &secret, json!({"file_ids": [id]})).await.expect_problem(422, "invalid");
    let path = file(id, &format!("/permissions/rooms/{}", secret.0));
    alice.put(&path, json!({})).await.expect_problem(422, "invalid");
    let said = alice.sends_files(&room, "x", &[id]).await;
    let forward = alice.post(&room.message(&said, "/forwards"), json!({"to_room_id": secret.0})).await;
    forward.expect_problem(422, "invalid");
}
