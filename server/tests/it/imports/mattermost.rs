//! A small export of our own making, `mattermost.jsonl`, with every kind of line and some damage.

mod again;
mod direct;
mod erased;
mod people;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{import, messages, signs_in};
use crate::harness::{Person, TestApp};

pub(super) fn export() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/imports/mattermost.jsonl")
}

/// Imports the fixture, and waits until it is seen.
async fn imported() -> TestApp {
    let app = TestApp::without_nats().await;
    import(&app, &["mattermost", export().to_str().unwrap()]).await;
    app.settled().await;
    app
}

/// One's own rooms.
async fn rooms(person: &Person) -> Vec<Value> {
    person.get("/v1/rooms?limit=200").await.expect(200).items().to_vec()
}

/// One's own room of a name.
async fn room(person: &Person, name: &str) -> Value {
    rooms(person).await.into_iter().find(|room| room["name"] == name).unwrap()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["data"]["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_dry_run_counts_and_names_what_it_cannot_read() {
    let app = TestApp::without_nats().await;
    let told = import(&app, &["mattermost", export().to_str().unwrap(), "--dry-run"]).await;
    assert!(told.contains("14 messages in 6 rooms; 7 lines bad"), "{told}");
    for bad in [
        "mattermost.jsonl:10: a channel is of the type O or P, not D",
        "mattermost.jsonl:13: there is no channel missing of a team core before it",
        "mattermost.jsonl:14: missing field `username`",
        "mattermost.jsonl:27: there is no channel nowhere of a team ops before it",
        "mattermost.jsonl:28: 9223372036854775807 is no time",
        "mattermost.jsonl:29: EOF while parsing a string",
        "mattermost.jsonl:36: no kind of line that is known here: unheard_of",
    ] {
        assert!(told.contains(bad), "{bad}: {told}");
    }
    for left_out in ["1 emoji", "1 roles", "1 schemes", "1 notices"] {
        assert!(told.contains(&format!("left out {left_out}: ")), "{left_out}: {told}");
    }
    assert_eq!(app.head().await, 0, "a dry run writes nothing");
}

#[tokio::test]
async fn what_is_no_export_is_refused() {
    let app = TestApp::without_nats().await;
    let folder = tempfile::tempdir().unwrap();
    for (content, why) in [
        ("", "it is empty"),
        ("PK\u{3}\u{4}", "it is packed: unpack it, and give the file *.jsonl in it"),
        ("{\"type\":\"team\"}", "its first line does not say its version"),
        ("{\"type\":\"version\",\"version\":2}", "it is of version 2 of the form, of which 1 is known here"),
    ] {
        let path = folder.path().join("export.jsonl");
        std::fs::write(&path, content).unwrap();
        let output = app.setup.command(["import", "mattermost", path.to_str().unwrap(), "--dry-run"]).await;
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stderr).unwrap().ends_with(&format!("export.jsonl: {why}\n")), "{why}");
    }
}

#[tokio::test]
async fn channels_are_rooms_with_their_messages_in_order() {
    let app = imported().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let general = room(&ann, "General (Core)").await;
    assert_eq!((&general["visibility"], &general["topic"]), (&json!("public"), &json!("today's header")));
    assert_eq!(general["created_at"], "2023-11-14T22:15:00.000Z");
    let said = messages(&ann, id(&general)).await;
    assert_eq!(
        texts(&said),
        [
            "hi @Ann Lee and @nobody, `@ann`",
            "hello @Bob Ross",
            "welcome",
            "built",
            "built again",
            "thanks",
            "finally",
            "last"
        ]
    );
    let [first, reply, welcome, built, built_again, thanks, finally, last] = &*said else { panic!("{said:#?}") };
    assert_eq!((&first["sender_id"], &first["sent_at"]), (&json!(bob.id), &json!("2023-11-14T22:15:00.000Z")));
    assert_eq!((&first["status"], &first["edited_at"]), (&json!("edited"), &json!("2023-11-14T22:16:00.000Z")));
    let mention = json!({"type": "mention", "offset": 3, "length": 8, "user_id": ann.id});
    let code = json!({"type": "code", "offset": 25, "length": 6});
    assert_eq!(first["data"]["entities"], json!([mention, code]));
    assert_eq!(
        first["reactions"],
        json!([{"emoji": "👍", "count": 2, "mine": true}, {"emoji": ":our_logo:", "count": 1, "mine": true}])
    );
    assert_eq!(reply["reactions"], json!([{"emoji": "🎉", "count": 1, "mine": false}]));
    for (answer, to) in [(reply, first), (welcome, first), (thanks, built), (finally, built_again)] {
        assert_eq!(answer["data"]["reply_to"], to["id"]);
    }
    assert_eq!(last["data"]["reply_to"], Value::Null);
    let pinned = ann.get(&format!("/v1/rooms/{}/messages?pinned=true", id(&general))).await.expect(200);
    assert_eq!(pinned.items().iter().map(|message| &message["id"]).collect::<Vec<_>>(), [&first["id"]]);

    let old = room(&ann, "New name (Core)").await;
    assert_eq!(old["archived"], true);
    assert_eq!(texts(&messages(&ann, id(&old)).await), ["bye"]);
    let private = room(&ann, "General (Operations)").await;
    assert_eq!((&private["visibility"], &private["topic"]), (&json!("private"), &json!("on call")));
    bob.get(&format!("/v1/rooms/{}", id(&private))).await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn notices_tell_who_came_and_left_and_changed_the_header() {
    let app = imported().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let general = room(&ann, "General (Core)").await;
    let page = ann.get(&format!("/v1/rooms/{}/messages?limit=200", id(&general))).await.expect(200);
    let notices = page.items().iter().filter(|message| message["type"] != "message");
    let notices = notices.map(|notice| (notice["sent_at"].as_str().unwrap(), &notice["data"]["event"]["type"]));
    assert_eq!(
        notices.map(|(at, kind)| (at, kind.as_str().unwrap())).collect::<Vec<_>>(),
        [
            ("2023-11-14T22:15:00.000Z", "message_pinned"),
            ("2023-11-14T22:17:30.000Z", "membership_joined"),
            ("2023-11-14T22:17:40.000Z", "membership_joined"),
            ("2023-11-14T22:19:10.000Z", "room_topic_changed"),
            ("2023-11-14T22:17:40.000Z", "membership_left"),
        ],
        "who was always there is no news, and dave, who came, is not there today"
    );
}

#[tokio::test]
async fn who_looked_after_a_channel_does_so_here_and_wishes_stay() {
    let app = imported().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let general = room(&ann, "General (Core)").await;
    assert_eq!(general["owner_id"], json!(ann.id));
    assert_eq!((&general["my"]["is_muted"], &general["my"]["is_pinned"]), (&json!(true), &json!(true)));
    let bobs = room(&bob, "General (Core)").await;
    assert_eq!((&bobs["my"]["is_muted"], &bobs["my"]["is_pinned"]), (&json!(false), &json!(false)));
    let may = bobs["my"]["permissions"].as_array().unwrap();
    assert!(may.contains(&json!("manage_room")) && may.contains(&json!("delete_messages")), "{may:?}");
    assert!(!may.contains(&json!("manage_roles")), "{may:?}");
    let path = format!("/v1/rooms/{}/members", id(&general));
    let members = ann.get(&path).await.expect(200);
    let names = members.items().iter().map(|member| member["display_name"].as_str().unwrap()).collect::<Vec<_>>();
    assert_eq!(names, ["Ann Lee", "Bob Ross", "carol"]);
    assert_eq!(room(&ann, "General (Operations)").await["owner_id"], Value::Null);
}

#[tokio::test]
async fn who_was_deactivated_has_their_words_but_no_way_in() {
    let app = imported().await;
    let ann = signs_in(&app, "ann@example.org").await;
    let said = messages(&ann, id(&room(&ann, "General (Core)").await)).await;
    let carol = said[2]["sender_id"].as_str().unwrap();
    let shown = ann.get(&format!("/v1/users/{carol}")).await.expect(200);
    assert_eq!(shown.body["display_name"], "carol");
    let set = crate::cli::piped(&app.setup, &["admin", "set-password", "carol@example.org"], "a long password").await;
    assert_eq!(set.status.code(), Some(1), "nobody has her email");
}

#[tokio::test]
async fn direct_channels_are_dialogs_and_private_groups() {
    let app = imported().await;
    let (ann, bob) = (signs_in(&app, "ann@example.org").await, signs_in(&app, "bob@example.org").await);
    let dialog = bob.post("/v1/rooms", json!({"type": "dialog", "member_ids": [ann.id]})).await;
    assert_eq!(dialog.status, 200, "it is there: {}", dialog.text);
    let path = dialog.id().to_string();
    let said = messages(&ann, &path).await;
    assert_eq!(texts(&said), ["psst", "yes?"]);
    assert_eq!(said[1]["data"]["reply_to"], said[0]["id"]);
    assert_eq!(said[0]["reactions"], json!([{"emoji": "👋🏽", "count": 1, "mine": true}]));
    let seen = bob.get(&format!("/v1/rooms/{path}")).await.expect(200);
    assert_eq!((&seen.body["type"], &seen.body["my"]["is_pinned"]), (&json!("dialog"), &json!(true)));

    let three = room(&bob, "Group message of 3").await;
    assert_eq!((&three["type"], &three["topic"]), (&json!("group"), &json!("the three")));
    assert_eq!((&three["visibility"], &three["member_count"]), (&json!("private"), &json!(3)));
    assert_eq!(texts(&messages(&bob, id(&three)).await), ["all three"]);
    let alone = room(&ann, "Notes").await;
    assert_eq!((&alone["member_count"], texts(&messages(&ann, id(&alone)).await)), (&json!(1), vec!["a note"]));
    assert_eq!(rooms(&bob).await.len(), 3, "Core's General, the dialog and the three");
}
