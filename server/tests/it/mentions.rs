//! Mentions, links and code: found by the server in what people say.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::harness::{Answer, Person, Room, Setup, TestApp};

fn entity(kind: &str, offset: usize, length: usize) -> Value {
    json!({"type": kind, "offset": offset, "length": length})
}

fn mention(offset: usize, length: usize, who: &Person) -> Value {
    json!({"type": "mention", "offset": offset, "length": length, "user_id": who.id})
}

async fn says(person: &Person, room: &Room, text: &str) -> Answer {
    let sent = person.sends(room, text).await;
    person.get(&room.message(&sent, "")).await.expect(200)
}

async fn counts(person: &Person, room: &Room) -> (Value, Value) {
    let my = person.get(&room.path("")).await.expect(200).body["my"].clone();
    (my["unread_count"].clone(), my["mention_count"].clone())
}

/// Alice's room with Bob in it, and Carol outside; the read models know.
async fn alice_and_bob() -> (TestApp, Person, Person, Person, Room) {
    let app = TestApp::without_nats().await;
    let (alice, room) = app.member_of_a_room("alice").await;
    let (bob, carol) = (app.registers("bob").await, app.registers("carol").await);
    bob.patch("/v1/users/me", json!({"display_name": "Bob the Builder"})).await.expect(200);
    alice.adds(&room, &bob).await;
    app.settled().await;
    (app, alice, bob, carol, room)
}

#[tokio::test]
async fn members_are_mentioned_by_their_names_and_nobody_else_is() {
    let (app, alice, bob, carol, room) = alice_and_bob().await;
    let said = says(&alice, &room, "🦀 @bob THE builder: can @carol or @alice fix it?").await;
    assert_eq!(said.body["data"]["entities"], json!([mention(2, 16, &bob), mention(34, 6, &alice)]));
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(1), json!(1)));
    assert_eq!(counts(&alice, &room).await, (json!(0), json!(0)), "one's own do not count");

    says(&alice, &room, "@bob is not enough of a name").await;
    says(&alice, &room, "`@Bob the Builder` in code is none").await;
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(3), json!(1)));
    // Carol comes, and is who was meant; from then on.
    alice.adds(&room, &carol).await;
    app.settled().await;
    let said = says(&bob, &room, "@Carol!").await;
    assert_eq!(said.body["data"]["entities"], json!([mention(0, 6, &carol)]));
    app.settled().await;
    assert_eq!(counts(&carol, &room).await, (json!(1), json!(1)));
}

#[tokio::test]
async fn links_and_code_are_found_and_plain_words_are_left_alone() {
    let (_app, alice, _, _, room) = alice_and_bob().await;
    let said = says(&alice, &room, "é `x` (https://example.org/a_(b)), http://例子.测试").await;
    assert_eq!(
        said.body["data"]["entities"],
        json!([entity("code", 2, 3), entity("link", 7, 25), entity("link", 35, 12)])
    );
    let said = says(&alice, &room, "```\nhttp://example.org\n```").await;
    assert_eq!(said.body["data"]["entities"], json!([entity("code", 0, 26)]));
    let said = says(&alice, &room, "nothing here").await;
    assert_eq!(said.body["data"], json!({"text": "nothing here"}));
}

#[tokio::test]
async fn all_are_mentioned_by_who_may_and_else_it_is_a_word() {
    let (app, alice, bob, carol, room) = alice_and_bob().await;
    alice.adds(&room, &carol).await;
    app.settled().await;
    let said = says(&bob, &room, "@all look").await;
    assert_eq!(said.body["data"], json!({"text": "@all look"}), "bob may not");
    let said = says(&alice, &room, "hello @ALL and @bob the builder").await;
    assert_eq!(said.body["data"]["entities"], json!([entity("mention_all", 6, 4), mention(15, 16, &bob)]));
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(1), json!(1)), "a message counts once");
    assert_eq!(counts(&carol, &room).await, (json!(2), json!(1)));
}

#[tokio::test]
async fn an_edit_finds_again_and_a_deletion_takes_away() {
    let (app, alice, bob, _, room) = alice_and_bob().await;
    let sent = alice.sends(&room, "@Bob the Builder, see `x`").await;
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(1), json!(1)));
    let path = room.message(&sent, "");
    let edited = alice.patch(&path, json!({"text": "never mind: http://example.org"})).await.expect(200);
    assert_eq!(edited.body["data"]["entities"], json!([entity("link", 12, 18)]));
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(1), json!(0)));
    let versions = alice.get(&format!("{path}/versions")).await.expect(200);
    let texts: Vec<_> = versions.items().iter().map(|version| version["text"].clone()).collect();
    assert_eq!(texts, ["@Bob the Builder, see `x`", "never mind: http://example.org"]);
    alice.patch(&path, json!({"text": "@Bob the Builder after all"})).await.expect(200);
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(1), json!(1)));
    alice.delete(&path).await.expect(204);
    app.settled().await;
    assert_eq!(counts(&bob, &room).await, (json!(0), json!(0)));
    assert_eq!(alice.get(&path).await.expect(200).body["data"], json!({}));
}

#[tokio::test]
async fn who_writes_in_a_process_without_queries_mentions_too() {
    let setup = Setup::without_nats().await;
    let writer = setup.spawn_with(&["--roles=command-api"]).await;
    let reader = setup.spawn_with(&["--roles=projector,query-api"]).await;
    let alice = writer.registers("alice").await;
    let room = alice.creates_room("apart").await;
    alice.at(&reader.url).get(&room.path("/members")).await.expect(200);
    let sent = alice.sends(&room, "@alice").await;
    let said = alice.at(&reader.url).get(&room.message(&sent, "")).await.expect(200);
    assert_eq!(said.body["data"]["entities"], json!([mention(0, 6, &alice)]));
}

#[tokio::test]
async fn who_has_just_come_is_mentioned_however_far_the_read_models_are() {
    let setup = Setup::without_nats().await;
    let writer = setup.spawn_with(&["--roles=command-api"]).await;
    let reader = setup.spawn_with(&["--roles=projector,query-api"]).await;
    let (alice, bob) = (writer.registers("alice").await, writer.registers("bob").await);
    let room = alice.creates_room("apart").await;
    let alice_there = alice.at(&reader.url);
    alice_there.get(&room.path("/members")).await.expect(200);
    // From here on the read models stay where they are.
    let mut holder = PgConnection::connect(&setup.superuser_url).await.unwrap();
    let mut holding = holder.begin().await.unwrap();
    sqlx::query("select from projection.checkpoint for update").execute(&mut *holding).await.unwrap();
    alice.adds(&room, &bob).await;
    bob.patch("/v1/users/me", json!({"display_name": "Robert"})).await.expect(200);
    let plain = alice.sends(&room, "nobody@example.org is no name").await;

    let plain = room.message(&plain, "");
    let behind = alice.sends(&room, "@Robert").await;
    let editing = alice.patch(&plain, json!({"text": "@Robert"}));
    let (edited, sent, _) = tokio::join!(editing, alice.sends(&room, "@Robert"), holding.rollback());
    edited.expect(200);
    alice.sends(&room, "after that").await;
    for said in [plain, room.message(&sent, "")] {
        assert_eq!(alice_there.get(&said).await.expect(200).body["data"]["entities"], json!([mention(0, 7, &bob)]));
    }
    let behind = alice_there.get(&room.message(&behind, "")).await.expect(200);
    assert_eq!(
        behind.body["data"]["entities"],
        Value::Null,
        "read models were behind for 2 s: it was sent all the same"
    );
}
