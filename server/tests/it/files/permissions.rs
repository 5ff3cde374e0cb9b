//! Who may see a file.

use serde_json::{Value, json};
use uuid::Uuid;

use super::file;
use crate::harness::{Person, TestApp};

/// What somebody is answered who asks for a file in each way.
async fn answers(person: &Person, id: Uuid) -> [u16; 5] {
    let get = |path: String| async move { person.get(&path).await.status };
    let [metadata, content, permissions] =
        [get(file(id, "")).await, get(file(id, "/content")).await, get(file(id, "/permissions")).await];
    let head = person.request("HEAD", &file(id, "/content")).send().await.status;
    let range = person.request("GET", &file(id, "/content")).header("range", "bytes=0-0").send().await.status;
    [metadata, content, head, range, permissions]
}

const OWNER: [u16; 5] = [200, 200, 200, 206, 200];
const READER: [u16; 5] = [200, 200, 200, 206, 403];
const NOBODY: [u16; 5] = [404; 5];

#[tokio::test]
async fn a_file_is_its_owner_s_alone_until_it_is_granted() {
    let app = TestApp::start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol, eve) = (app.registers("bob").await, app.registers("carol").await, app.registers("eve").await);
    alice.adds(&room, &carol).await;
    let id = alice.uploads("notes.txt", "hello").await;
    for person in [&bob, &carol, &eve] {
        assert_eq!(answers(person, id).await, NOBODY);
    }
    assert_eq!(answers(&alice, id).await, OWNER);

    let to_bob = file(id, &format!("/permissions/users/{}", bob.id));
    let to_room = file(id, &format!("/permissions/rooms/{}", room.0));
    let granted = alice.put(&to_bob, json!({})).await.expect(204);
    alice.put(&to_bob, json!({})).await.expect(204);
    alice.put(&to_room, json!({})).await.expect(204);
    assert!(granted.position().is_some());
    for (person, expected) in [(&alice, OWNER), (&bob, READER), (&carol, READER), (&eve, NOBODY)] {
        assert_eq!(answers(person, id).await, expected, "{}", person.email);
    }
    let listed = alice.get(&file(id, "/permissions")).await.expect(200);
    let whom: Vec<Value> = listed.items().iter().map(|item| json!([item["user_id"], item["room_id"]])).collect();
    assert_eq!(whom, [json!([bob.id, null]), json!([null, room.0])]);

    // Others change nothing, and who may not see it is told that there is nothing.
    let (to_eve, path) = (file(id, &format!("/permissions/users/{}", eve.id)), file(id, ""));
    for (person, status, slug) in
        [(&bob, 403, "not-the-owner"), (&carol, 403, "not-the-owner"), (&eve, 404, "not-found")]
    {
        person.put(&to_eve, json!({})).await.expect_problem(status, slug);
        person.delete(&to_bob).await.expect_problem(status, slug);
        person.put(&to_room, json!({})).await.expect_problem(status, slug);
        person.delete(&path).await.expect_problem(status, slug);
    }
    for path in [to_bob.clone(), to_room.clone()] {
        alice.delete(&path).await.expect(204);
        alice.delete(&path).await.expect(204);
    }
    for person in [&bob, &carol] {
        assert_eq!(answers(person, id).await, NOBODY, "{}", person.email);
    }
    assert_eq!(alice.get(&file(id, "/permissions")).await.expect(200).items(), [] as [Value; 0]);
}

#[tokio::test]
async fn what_is_not_there_and_what_one_may_not_know_of_are_answered_alike() {
    let app = TestApp::without_nats().await;
    let (alice, eve) = (app.registers("alice").await, app.registers("eve").await);
    let id = alice.uploads("notes.txt", "hello").await;
    let nothing: Uuid = "01900000-0000-7000-8000-000000000000".parse().unwrap();
    for below in ["", "/content", "/permissions"] {
        let of = |id| {
            let eve = &eve;
            async move {
                let answer = eve.get(&file(id, below)).await.expect_problem(404, "not-found");
                let mut body = answer.body.clone();
                body.as_object_mut().unwrap().remove("request_id");
                body
            }
        };
        assert_eq!(of(id).await, of(nothing).await, "{below}");
        app.get(&file(id, below)).await.expect_problem(401, "not-signed-in");
    }
    let to_nobody = file(id, &format!("/permissions/users/{nothing}"));
    alice.put(&to_nobody, json!({})).await.expect_problem(404, "not-found");
    let elsewhere = eve.creates_room("eve's").await;
    let path = file(id, &format!("/permissions/rooms/{}", elsewhere.0));
    alice.put(&path, json!({})).await.expect_problem(404, "not-found");
    alice.get("/v1/files/nonsense").await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn who_sees_no_history_sees_files_from_their_coming_on() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.allows(&room, &["send_messages", "send_files"]).await;
    let (before, after) = (alice.uploads("a", "before").await, alice.uploads("b", "after").await);
    alice.sends_files(&room, "", &[before]).await;
    alice.adds(&room, &bob).await;
    alice.sends_files(&room, "", &[after]).await;
    assert_eq!(answers(&bob, before).await, NOBODY);
    bob.delete(&file(before, "")).await.expect_problem(404, "not-found");
    assert_eq!(answers(&bob, after).await, READER);
    bob.delete(&file(after, "")).await.expect_problem(403, "not-the-owner");
    alice.sends_files(&room, "again", &[before]).await;
    assert_eq!(answers(&bob, before).await, READER);
}

#[tokio::test]
async fn a_file_is_deleted_by_its_owner_for_everybody() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let id = alice.uploads("notes.txt", "hello").await;
    alice.put(&file(id, &format!("/permissions/users/{}", bob.id)), json!({})).await.expect(204);
    alice.delete(&file(id, "")).await.expect(204);
    for person in [&alice, &bob] {
        assert_eq!(answers(person, id).await, NOBODY);
        person.delete(&file(id, "")).await.expect_problem(404, "not-found");
    }
}
