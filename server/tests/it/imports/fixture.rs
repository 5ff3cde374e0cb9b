//! A small export of our own making, with every kind of fact and some damage.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use super::{import, member_names, messages, rooms, signs_in, told_of};
use crate::cli::piped;
use crate::erasures::positions::sealed_of;
use crate::erasures::{erases, finished};
use crate::harness::person::PASSWORD;
use crate::harness::{Person, TestApp};

pub(super) fn write(folder: &Path, name: &str, value: &Value) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, serde_json::to_string_pretty(value).unwrap()).unwrap();
}

pub(super) fn export() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let person = |id: &str, name: &str| json!({"id": id, "name": name, "profile": {"real_name": name, "email": format!("{name}@example.org")}});
    write(folder.path(), "users.json", &json!([person("U1", "ann"), person("U2", "bob"), {"name": "nobody"}]));
    write(
        folder.path(),
        "channels.json",
        &json!([
            {"id": "C1", "name": "general", "created": "1400000000", "creator": "U1", "members": ["U1"], "topic": {"value": "two"},
             "pins": [{"id": "1400055557.123456", "type": "C", "user": "U1", "owner": "U2", "created": "1400055559"}]},
            {"id": "C2", "name": "old", "created": "1400000000", "creator": "U1", "members": [], "is_archived": true},
        ]),
    );
    write(
        folder.path(),
        "general/2014-05-14.json",
        &json!([
            {"type": "message", "subtype": "channel_join", "user": "U2", "text": "", "ts": "1400055555.000001"},
            {"type": "message", "subtype": "channel_topic", "user": "U2", "text": "", "topic": "one", "ts": "1400055556.000001"},
            {"type": "message", "user": "U2", "text": "hi <@U1>, 1 &lt; 2", "ts": "1400055557.123456", "reactions": [{"name": "+1", "users": ["U1", "U3"], "count": 2}, {"name": "our-logo", "users": ["U2"], "count": 1}]},
            {"type": "message", "user": "U1", "text": "hello", "ts": "1400055558.000001", "thread_ts": "1400055557.123456", "edited": {"user": "U1", "ts": "1400055560.000000"}},
            {"type": "message", "subtype": "channel_topic", "user": "U2", "text": "", "topic": "two", "ts": "1400055561.000001"},
            {"type": "message", "subtype": "channel_leave", "user": "U2", "text": "", "ts": "1400055562.000001"},
            {"type": "message", "text": "no time"},
        ]),
    );
    write(
        folder.path(),
        "old/2014-05-14.json",
        &json!([
            {"type": "message", "user": "U2", "text": "bye", "ts": "1400055570.000001"},
        ]),
    );
    std::fs::write(folder.path().join("old/2014-05-15.json"), "[{").unwrap();
    folder
}

#[tokio::test]
async fn whoever_was_there_already_is_no_other_person_when_it_is_imported_again() {
    let app = TestApp::without_nats().await;
    let (ann, bob) = (app.registers("ann").await, app.registers("bob").await);
    app.verifies(&ann).await;
    app.verifies(&bob).await;
    let export = export();
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    app.settled().await;
    let said = "select count(*) from read.message where sender_id = any($1)";
    let said = sqlx::query_scalar::<_, i64>(said).bind([ann.id, bob.id]).fetch_one(&app.pool);
    assert!(said.await.unwrap() > 0, "they stand for whom the export tells of");
    finished(&bob, &erases(&ann).await.expect(200)).await;
    bob.put("/v1/users/me/email", json!({"email": "bob@elsewhere.org", "password": PASSWORD})).await.expect(204);
    let head = app.head().await;
    import(&app, &["slack", path]).await;
    assert_eq!(app.head().await, head, "nobody is made again, and nothing is told of them twice");
}

#[tokio::test]
async fn what_is_odd_is_told_or_made_do_with_and_the_rest_comes() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    let odd = json!({"id": "U1", "name": "\u{7}", "profile": {"real_name": "\u{1}\u{2}", "email": "odd@example.org"}});
    write(folder.path(), "users.json", &json!([odd]));
    let channel =
        json!({"id": "C1", "name": "general", "created": "1400000000", "creator": "U1", "members": ["U1", "U9"]});
    write(folder.path(), "channels.json", &json!([channel]));
    let posted = json!([
        {"subtype": "bot_message", "username": "x", "bot_id": null, "text": "by nobody", "ts": "1400055555.000001"},
        {"user": "U1", "text": "at no time", "ts": "abc"},
        {"subtype": "channel_name", "user": "U1", "text": "", "name": "", "ts": "1400055556.000001"},
        {"subtype": "channel_name", "user": "U1", "text": "", "ts": "1400055557.000001"},
        {"user": "U1", "text": "said", "ts": "1400055558.000001"},
    ]);
    write(folder.path(), "general/2014-05-14.json", &posted);
    let path = folder.path().to_str().unwrap();
    for arguments in [&["slack", path, "--dry-run"][..], &["slack", path]] {
        let told = import(&app, arguments).await;
        assert!(told.contains("1 messages in 1 rooms; 2 lines bad"), "{told}");
        assert!(told.contains("2014-05-14.json:2: nobody posted it"), "{told}");
        assert!(told.contains("2014-05-14.json:9: its `ts` is no time"), "{told}");
    }
    app.settled().await;
    let odd = signs_in(&app, "odd@example.org").await;
    assert_eq!(odd.get("/v1/users/me").await.expect(200).body["display_name"], "U1");
    let room = rooms(&odd).await[0].clone();
    assert_eq!(room["name"], "general");
    let members = member_names(&odd, room["id"].as_str().unwrap()).await;
    assert_eq!(members, BTreeSet::from(["U1", "U9"].map(str::to_owned)));
}

#[tokio::test]
async fn an_export_becomes_rooms_people_and_messages_with_their_times() {
    let app = TestApp::without_nats().await;
    let export = export();
    let path = export.path().to_str().unwrap();
    let counted = import(&app, &["slack", path, "--dry-run"]).await;
    assert!(counted.contains("3 messages in 2 rooms; 3 lines bad"), "{counted}");
    assert!(counted.contains("users.json:18: missing field `id`"), "{counted}");
    assert!(counted.contains("2014-05-15.json:1: "), "{counted}");
    assert_eq!(app.head().await, 0, "a dry run writes nothing");

    import(&app, &["slack", path]).await;
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let rooms = rooms(&ann).await;
    let room = rooms.iter().find(|room| room["name"] == "general").unwrap();
    assert_eq!(room["topic"], "two");
    let messages = messages(&ann, room["id"].as_str().unwrap()).await;
    let [first, second] = messages.as_slice() else { panic!("{messages:#?}") };
    assert_eq!(first["data"]["text"], "hi @ann, 1 < 2");
    let mention = json!({"type": "mention", "offset": 3, "length": 4, "user_id": ann.id});
    assert_eq!(first["data"]["entities"], json!([mention]));
    assert_eq!(
        first["reactions"],
        json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": ":our-logo:", "count": 1, "mine": false}])
    );
    assert_eq!((&first["pinned"], &second["pinned"]), (&json!(true), &json!(false)));
    assert_eq!(first["sent_at"], "2014-05-14T08:19:17.123Z");
    assert_eq!((&second["status"], &second["edited_at"]), (&json!("edited"), &json!("2014-05-14T08:19:20.000Z")));
    assert_eq!(second["data"]["reply_to"], first["id"]);
    let members = member_names(&ann, room["id"].as_str().unwrap()).await;
    assert_eq!(members, BTreeSet::from(["ann".to_owned()]), "bob left");
    let old = rooms.iter().find(|room| room["name"] == "old").unwrap();
    assert_eq!(old["archived"], true);
    let bob = signs_in(&app, "bob@example.org").await;
    let members = member_names(&bob, old["id"].as_str().unwrap()).await;
    let wrote = BTreeSet::from(["bob".to_owned()]);
    assert_eq!(members, wrote, "of a channel that lists no members who wrote in it");
}

#[tokio::test]
async fn what_happened_in_a_room_is_told_between_its_messages_with_the_time_when_it_did() {
    let app = TestApp::without_nats().await;
    let export = export();
    import(&app, &["slack", export.path().to_str().unwrap()]).await;
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let room = rooms(&ann).await.into_iter().find(|room| room["name"] == "general").unwrap();
    let page = ann.get(&format!("/v1/rooms/{}/messages", room["id"].as_str().unwrap())).await.expect(200);
    let said = page.messages()[0];
    let bob = &said["sender_id"];
    let told = |kind: &str, by: &Value, event: Value, second: u32| {
        (json!(kind), by.clone(), event, json!(format!("2014-05-14T08:19:{second}.000Z")))
    };
    let part = |item: &Value| {
        (item["type"].clone(), item["sender_id"].clone(), item["data"]["event"].clone(), item["sent_at"].clone())
    };
    let notices: Vec<_> = page.items().iter().filter(|item| item["type"] != "message").map(part).collect();
    assert_eq!(
        notices,
        [
            told("user_joined", bob, json!({"type": "membership_joined", "user_id": bob}), 15),
            told("event", bob, json!({"type": "room_topic_changed", "topic": "one"}), 16),
            told("event", &json!(ann.id), json!({"type": "message_pinned", "message_id": said["id"]}), 19),
            told("event", bob, json!({"type": "room_topic_changed", "topic": "two"}), 21),
            told("user_left", bob, json!({"type": "membership_left", "user_id": bob}), 22),
        ]
    );
    let places: Vec<_> = page.items().iter().map(|item| item["type"] == "message").collect();
    assert_eq!(places, [false, false, true, true, false, false, false], "each in its place");
}

#[tokio::test]
async fn a_second_import_adds_nothing_and_one_that_grew_adds_what_is_new() {
    let app = TestApp::without_nats().await;
    let export = export();
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    let head = app.head().await;
    let again = import(&app, &["slack", path]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);

    write(
        export.path(),
        "general/2014-05-15.json",
        &json!([
            {"type": "message", "user": "U1", "text": "next day", "ts": "1400141957.000001"},
        ]),
    );
    let grown = import(&app, &["slack", path]).await;
    assert!(grown.contains("added 1, "), "{grown}");
    assert_eq!(app.head().await, head + 1);
}

#[tokio::test]
async fn what_was_taken_back_here_or_deleted_stays_so() {
    let app = TestApp::without_nats().await;
    let export = export();
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    app.settled().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let room = rooms(&ann).await.into_iter().find(|room| room["name"] == "general").unwrap();
    let room = format!("/v1/rooms/{}/messages", room["id"].as_str().unwrap());
    let said = ann.get(&room).await.expect(200);
    let [first, second] = [0, 1].map(|place| said.messages()[place]["id"].as_str().unwrap());
    ann.delete(&format!("{room}/{first}/reactions/👍")).await.expect(204);
    ann.delete(&format!("{room}/{second}")).await.expect(204);
    let head = app.head().await;
    assert!(import(&app, &["slack", path]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn somebody_with_an_account_here_keeps_it() {
    let app = TestApp::without_nats().await;
    let made = piped(&app.setup, &["admin", "create-user", "ann@example.org"], PASSWORD).await;
    assert!(made.status.success(), "{made:?}");
    let ann = Person::signs_in(&app.url, "ann@example.org", PASSWORD).await;
    let export = export();
    let told = import(&app, &["slack", export.path().to_str().unwrap()]).await;
    assert!(!told.contains("kept apart"), "the operator made her account: {told}");
    app.settled().await;
    let room = rooms(&ann).await.into_iter().find(|room| room["name"] == "general").unwrap();
    let messages = messages(&ann, room["id"].as_str().unwrap()).await;
    assert_eq!(messages[1]["sender_id"], ann.id.to_string());
}

#[tokio::test]
async fn who_was_deactivated_in_slack_has_their_words_but_no_way_in() {
    let app = TestApp::without_nats().await;
    let export = export();
    let gone = json!({"id": "U1", "name": "ann", "deleted": true, "profile": {"email": "ann@example.org"}});
    write(export.path(), "users.json", &json!([gone, {"id": "U2", "profile": {"email": "bob@example.org"}}]));
    // Whoever has her address by now.
    let another = app.registers("ann").await;
    app.verifies(&another).await;
    let told = import(&app, &["slack", export.path().to_str().unwrap()]).await;
    let apart =
        format!("ann@example.org is that of the account {} here, but of somebody deactivated there", another.id);
    assert!(told.contains(&apart), "{told}");
    app.settled().await;
    let said = sqlx::query_scalar::<_, Uuid>("select sender_id from read.message where text = 'hello'");
    let ann = said.fetch_one(&app.pool).await.unwrap();
    assert_ne!(ann, another.id);
    let me = "select display_name, email from read.account where id = $1";
    let me = sqlx::query_as::<_, (String, Option<String>)>(me).bind(ann).fetch_one(&app.pool).await.unwrap();
    assert_eq!(me, ("ann".to_owned(), None));
}

#[tokio::test]
async fn who_was_erased_pins_nothing_more() {
    let app = TestApp::without_nats().await;
    let export = export();
    let channels = std::fs::read_to_string(export.path().join("channels.json")).unwrap();
    let channels = serde_json::from_str::<Value>(&channels).unwrap();
    let mut without = channels.clone();
    without[0].as_object_mut().unwrap().remove("pins").unwrap();
    write(export.path(), "channels.json", &without);
    let path = export.path().to_str().unwrap();
    import(&app, &["slack", path]).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    finished(&bob, &erases(&ann).await.expect(200)).await;
    let head = app.head().await;
    write(export.path(), "channels.json", &channels);
    import(&app, &["slack", path]).await;
    assert_eq!(told_of(&app, &ann, head).await, Vec::<String>::new());
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn a_receipt_names_what_was_imported_of_somebody_too() {
    let app = TestApp::without_nats().await;
    let export = export();
    import(&app, &["slack", export.path().to_str().unwrap()]).await;
    app.settled().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let receipt = finished(&bob, &erases(&ann).await.expect(200)).await.body;
    let reacted = "select position from log.events where event_type = 'reaction_added' and payload->>'user_id' = $1";
    let reacted: i64 = sqlx::query_scalar(reacted).bind(ann.id.to_string()).fetch_one(&app.pool).await.unwrap();
    let positions = sealed_of(&app, &ann).await;
    assert!(positions.contains(&reacted), "{reacted} of {positions:?}");
    assert_eq!(receipt["positions"], json!(positions));
}
