//! Pictures: a file of one's own, which whoever sees the account sees.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::erasures::erases;
use crate::harness::{Answer, Person, Setup, TestApp, kinds};

async fn shows(person: &Person, picture: impl Into<Option<Uuid>>) -> Answer {
    person.patch("/v1/users/me", json!({"avatar_file_id": picture.into()})).await
}

/// The picture of somebody, as another sees it right after whatever was answered.
async fn picture(of: &Person, seen_by: &Person) -> Value {
    let path = format!("/v1/users/{}", of.id);
    seen_by.get(&path).await.expect(200).body["avatar_file_id"].clone()
}

/// What somebody is answered who asks for a file without having heard of any event.
async fn looks(person: &Person, id: Uuid) -> [u16; 3] {
    let get = |rest: &str| person.request("GET", &format!("/v1/files/{id}{rest}")).raw().send();
    let [file, content, permissions] = [get("").await, get("/content").await, get("/permissions").await];
    [file, content, permissions].map(|answer| answer.unwrap().status().as_u16())
}

const SEEN: [u16; 3] = [200, 200, 403];
const UNSEEN: [u16; 3] = [404; 3];

#[tokio::test]
async fn whoever_sees_an_account_sees_its_picture_until_it_is_another() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    alice.adds(&room, &bob).await;
    let (first, second) = (alice.uploads("one.png", "one").await, alice.uploads("two.png", "two").await);
    assert_eq!(looks(&bob, first).await, UNSEEN);
    let mut at_bob = bob.listens().await;

    let shown = shows(&alice, first).await.expect(200);
    assert_eq!(shown.body["avatar_file_id"], json!(first));
    assert_eq!(alice.get("/v1/users/me").await.expect(200).body["avatar_file_id"], json!(first));
    assert_eq!((looks(&bob, first).await, looks(&carol, first).await), (SEEN, SEEN));
    assert_eq!(picture(&alice, &carol).await, json!(first));
    let told = at_bob.hears_of("user_avatar_changed").await;
    assert_eq!(told["data"]["avatar_file_id"], json!(first));
    let again = shows(&alice, first).await.expect(200);
    assert_eq!(again.position(), shown.position(), "it is so already");

    let other = alice.patch("/v1/users/me", json!({"display_name": "Alicia", "avatar_file_id": second})).await;
    assert_eq!(other.expect(200).body["display_name"], "Alicia");
    assert_eq!((looks(&bob, first).await, looks(&bob, second).await), (UNSEEN, SEEN));
    shows(&alice, None).await.expect(200);
    assert_eq!((looks(&bob, second).await, picture(&alice, &bob).await), (UNSEEN, json!(null)));
    assert_eq!(looks(&alice, second).await, [200; 3]);
}

#[tokio::test]
async fn a_picture_goes_with_its_file_and_with_its_account() {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    alice.adds(&room, &bob).await;
    let id = alice.uploads("me.png", "me").await;
    shows(&alice, id).await.expect(200);
    let before = alice.get("/v1/users/me").await.expect(200).body["version"].as_i64();
    let mut at_bob = bob.listens().await;
    alice.delete(&format!("/v1/files/{id}")).await.expect(204);
    let me = alice.get("/v1/users/me").await.expect(200).body;
    assert_eq!((&me["avatar_file_id"], me["version"].as_i64()), (&json!(null), before.map(|version| version + 1)));
    assert_eq!(looks(&bob, id).await, UNSEEN);
    let frames = at_bob.until(app.head().await).await;
    assert!(kinds(&frames).contains(&"user_avatar_changed"), "{frames:?}");

    let id = bob.uploads("me.png", "me too").await;
    shows(&bob, id).await.expect(200);
    assert_eq!(looks(&alice, id).await, SEEN);
    erases(&bob).await.expect(200);
    assert_eq!(looks(&alice, id).await, UNSEEN);
    assert_eq!(picture(&bob, &alice).await, json!(null));
}

#[tokio::test]
async fn only_a_file_of_ones_own_that_is_there_is_a_picture() {
    let app = TestApp::without_nats().await;
    let (alice, bob) = (app.registers("alice").await, app.registers("bob").await);
    let theirs = bob.uploads("bob.png", "bob").await;
    bob.put(&format!("/v1/files/{theirs}/permissions/users/{}", alice.id), json!({})).await.expect(204);
    let room = alice.confides_in(&bob).await;
    let whispered = alice.whispers(&room, "psst.png", "psst").await.expect(201).id();
    let gone = alice.uploads("gone.png", "gone").await;
    alice.delete(&format!("/v1/files/{gone}")).await.expect(204);
    let nothing = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000);
    for id in [theirs, whispered, gone, nothing] {
        shows(&alice, id).await.expect_invalid("/avatar_file_id");
    }
    let own = alice.uploads("alice.png", "alice").await;
    let stale = alice.request("PATCH", "/v1/users/me").header("if-match", "\"v9\"");
    stale.json(&json!({"avatar_file_id": own})).send().await.expect_problem(412, "version-mismatch");
    assert_eq!(picture(&alice, &bob).await, json!(null));
}

#[tokio::test]
async fn a_picture_is_seen_by_those_alone_whom_the_directory_shows_the_account() {
    let app = Setup::without_nats().await.flag("--directory=shared-rooms").start().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let bob = app.registers("bob").await;
    let id = alice.uploads("me.png", "me").await;
    shows(&alice, id).await.expect(200);
    assert_eq!(looks(&bob, id).await, UNSEEN);
    alice.adds(&room, &bob).await;
    assert_eq!(looks(&bob, id).await, SEEN);
    alice.removes(&room, &bob).await;
    assert_eq!(looks(&bob, id).await, UNSEEN);
}
