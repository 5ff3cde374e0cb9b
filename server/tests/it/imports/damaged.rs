//! Exports in which much is wrong: it is told, alike in a dry run and in earnest, and the rest comes.

use std::collections::HashSet;
use std::path::Path;

use serde_json::{Value, json};

use super::fixture::write;
use super::{import, messages, rooms, signs_in};
use crate::harness::{Person, TestApp};

/// The longest imported text, in characters.
const TEXT_MAX: usize = 65_536;

/// What an import tells of its source.
fn told(output: &str) -> Vec<&str> {
    let beginnings = ["passed over: ", "made do with: ", "read "];
    output.lines().filter(|line| beginnings.iter().any(|begins| line.starts_with(begins))).collect()
}

/// What an import tells of its source, which is what a dry run of it told before.
async fn imported(app: &TestApp, export: &Path) -> String {
    let (path, head) = (export.to_str().unwrap(), app.head().await);
    let dry = import(app, &["slack", path, "--dry-run"]).await;
    assert_eq!(app.head().await, head, "a dry run writes nothing");
    let output = import(app, &["slack", path]).await;
    assert_eq!(told(&dry), told(&output));
    app.settled().await;
    output
}

/// An export of ann's, with one channel.
fn export(general: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "users.json", &json!([person("U1", "ann", Some("ann@example.org"))]));
    write(folder.path(), "channels.json", &json!([{"id": "C1", "name": "general", "members": ["U1"]}]));
    write(folder.path(), "general/2014-05-14.json", general);
    folder
}

fn person(id: &str, name: &str, email: Option<&str>) -> Value {
    json!({"id": id, "name": name, "profile": {"email": email}})
}

/// What ann reads in a room.
async fn read(ann: &Person, name: &str) -> Vec<Value> {
    let room = rooms(ann).await.into_iter().find(|room| room["name"] == name).unwrap();
    messages(ann, room["id"].as_str().unwrap()).await
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["data"]["text"].as_str().unwrap()).collect()
}

fn said(second: u32, more: Value) -> Value {
    let mut said = json!({"user": "U1", "ts": format!("14000555{second:02}.000001")});
    let Value::Object(more) = more else { panic!("fields: {more}") };
    said.as_object_mut().unwrap().extend(more);
    said
}

/// Much that is wrong in messages, beside what is not.
fn odd_messages() -> Value {
    let long = "U".repeat(200);
    let file = |id: &str, user: &str| json!({"id": id, "name": "a.txt", "user": user});
    json!([
        said(10, json!({"text": "  as it stands \n"})),
        said(11, json!({"user": "", "text": "by nobody"})),
        said(12, json!({"user": long, "text": "by nobody"})),
        said(13, json!({"ts": "99999999999999.0", "text": "at no time"})),
        said(14, json!({"ts": "-62135596800.0", "text": "at no time"})),
        said(15, json!({"text": "an answer", "thread_ts": "1300000000.000001"})),
        said(16, json!({"text": "no answer", "thread_ts": ""})),
        said(17, json!({"text": "not edited", "edited": {"ts": "-1"}})),
        said(18, json!({"text": "liked", "reactions": [{"name": "+1", "users": ["U1", "", "U404"], "count": 3}]})),
        said(19, json!({"user": "", "bot_id": "B1", "subtype": "bot_message", "username": "Builds", "text": "beep"})),
        said(20, json!({"text": "files", "files": [file("", "U1"), file("F1", &long)]})),
        said(21, json!({"text": "y".repeat(TEXT_MAX + 1)})),
        said(22, json!({"text": "by <@> and <@U2>"})),
    ])
}

#[tokio::test]
async fn whatever_a_record_has_wrong_is_told_alike_dry_and_in_earnest_and_the_rest_comes() {
    let parent = tempfile::tempdir().unwrap();
    let export = parent.path().join("export");
    let (long, secret) = ("C".repeat(300), json!([said(1, json!({"text": "secret"}))]));
    write(
        &export,
        "users.json",
        &json!([
            person("U1", "ann", Some("ann@example.org")),
            person("", "nobody", None),
            person(&long, "nobody", None),
            person("U1", "another", None),
            person("U2", "bob", Some("ANN@example.org")),
            person("U3", "cyd", Some("none")),
        ]),
    );
    let pins = json!([{"id": "1400055510.000001", "user": "", "created": "1"}]);
    let channel = |id: &str, name: &str| json!({"id": id, "name": name, "members": ["U1"], "topic": null});
    let general = json!({"id": "C1", "name": "general", "created": "-5", "members": ["U1", "", 7, "U2"], "pins": pins});
    let outside = parent.path().join("outside").to_str().unwrap().to_owned();
    let (nameless, above, absolute) = (channel("", "x"), channel("C2", "../outside"), channel("C3", &outside));
    let (nested, again, namesake) = (channel("C4", "D1/D2"), channel("C1", "again"), channel("C5", "general"));
    let (unheard, empty) = (channel("C6", &long), channel("C7", "empty"));
    let all = json!([general, nameless, above, absolute, nested, again, namesake, unheard, empty]);
    write(&export, "channels.json", &all);
    write(&export, "general/2014-05-14.json", &odd_messages());
    for name in ["export/D1/2014-05-14.json", "export/D1/D2/2014-05-14.json", "outside/2014-05-14.json"] {
        write(parent.path(), name, &secret);
    }

    let app = TestApp::without_nats().await;
    let output = imported(&app, &export).await;
    assert!(output.contains("9 messages in 3 rooms; 15 lines bad, 12 made do with"), "{output}");
    for why in [
        "its `id` is no id: \"\"",
        "somebody before it has its `id`",
        "its email is that of somebody before it: imported without",
        "its email is none: imported without",
        "its `name` names no folder of the export: \"../outside\"",
        "its `name` names no folder of the export: \"D1/D2\"",
        "a channel before it has its `id`",
        "a channel before it has its `name`",
        "it cannot be read: File name too long",
        "1 folders are of no channel that could be read: D1",
        "who posted it has no id: \"\"",
        "its `ts` is no time",
        "its `thread_ts` is no time: \"\"",
        "when it was `edited` is no time",
        "its text of 65537 characters is cut after 65536",
        "1 of its reactions are of nobody with an id, and are left out",
        "1 of its files have no id, and are left out",
        "1 of its files are of nobody with an id: they are its sender's",
        "its `created` is no time",
        "2 of its `members` have no id, and are left out",
        "1 of its `pins` do not say by whom and when, and are left out",
        "1 replies in it are to messages that the export does not have",
    ] {
        assert!(output.contains(why), "{why}: {output}");
    }
    let head = app.head().await;
    assert!(import(&app, &["slack", export.to_str().unwrap()]).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
    what_is_not_wrong_is_there(&app).await;
}

async fn what_is_not_wrong_is_there(app: &TestApp) {
    let ann = signs_in(app, "ann@example.org").await;
    let seen = read(&ann, "general").await;
    let long = "y".repeat(TEXT_MAX);
    let expected =
        ["  as it stands \n", "an answer", "no answer", "not edited", "liked", "beep", "files", &long, "by @ and @bob"];
    assert_eq!(texts(&seen), expected);
    assert!(seen[1]["data"]["reply_to"].is_string(), "what it answers may come with another export");
    assert_eq!((&seen[2]["data"]["reply_to"], &seen[3]["status"]), (&Value::Null, &json!("sent")));
    assert_eq!(seen[4]["reactions"], json!([{"emoji": "👍", "count": 2, "mine": true}]));
    assert_eq!(seen[6]["data"]["files"][0]["owner_id"], json!(ann.id));
    let people = "select display_name, email from read.account order by display_name collate \"C\"";
    let people = sqlx::query_as::<_, (String, Option<String>)>(people).fetch_all(&app.pool).await.unwrap();
    let people = people.iter().map(|(name, email)| (&**name, email.as_deref())).collect::<Vec<_>>();
    let ann = ("ann", Some("ann@example.org"));
    assert_eq!(people, [("Builds", None), ("U404", None), ann, ("bob", None), ("cyd", None)]);
}

#[tokio::test]
async fn messages_of_one_timestamp_are_all_there_and_the_first_is_the_one_that_it_was() {
    let app = TestApp::without_nats().await;
    let (one, two) = (said(10, json!({"text": "one"})), said(10, json!({"user": "U2", "text": "two"})));
    let three = said(10, json!({"text": "three"}));
    let edited = said(10, json!({"text": "one, edited", "edited": {"ts": "1400055512.0"}}));
    let answer = said(11, json!({"text": "to one", "thread_ts": one["ts"]}));
    let alone = export(&json!([one, answer]));
    assert!(imported(&app, alone.path()).await.contains("2 messages in 1 rooms; 0 lines bad, 0 made do with"));
    let ann = signs_in(&app, "ann@example.org").await;
    let first = read(&ann, "general").await[0]["id"].clone();

    let grown = export(&json!([one, two, one, three, edited, answer]));
    let output = imported(&app, grown.path()).await;
    assert!(output.contains("1 lines bad, 1 made do with"), "{output}");
    for why in ["it is there twice\n", "as it was at two times: it is taken as it was last"] {
        assert!(output.contains(why), "{output}");
    }
    let seen = read(&ann, "general").await;
    let of = |text: &str| seen.iter().find(|message| message["data"]["text"] == text).unwrap();
    assert_eq!(seen.iter().map(|message| &message["id"]).collect::<HashSet<_>>().len(), 4, "{seen:#?}");
    assert_eq!((&of("one, edited")["id"], &of("to one")["data"]["reply_to"]), (&first, &first));
    let statuses = ["one, edited", "two", "three"].map(|text| &of(text)["status"]);
    assert_eq!(statuses, ["edited", "sent", "sent"]);
    assert_ne!(of("two")["sender_id"], of("three")["sender_id"]);
    let head = app.head().await;
    assert!(imported(&app, grown.path()).await.contains("added 0, "));
    assert_eq!(app.head().await, head);
}

#[tokio::test]
async fn bytes_that_are_no_utf_8_are_told() {
    let app = TestApp::without_nats().await;
    let export = export(&json!([]));
    let day = b"[{\"user\": \"U1\", \"ts\": \"1400055510.000001\", \"text\": \"fine\"},\n\
                {\"user\": \"U1\", \"ts\": \"1400055511.000001\", \"text\": \"caf\xe9 \xff\"}]";
    std::fs::write(export.path().join("general/2014-05-15.json"), day).unwrap();
    let output = imported(&app, export.path()).await;
    assert!(output.contains("2 messages in 1 rooms; 0 lines bad, 1 made do with"), "{output}");
    let why = "2014-05-15.json:2: it is no UTF-8 in 2 places from here on, which are shown as \u{fffd}";
    assert!(output.contains(why), "{output}");
    let ann = signs_in(&app, "ann@example.org").await;
    assert_eq!(texts(&read(&ann, "general").await), ["fine", "caf\u{fffd} \u{fffd}"]);
}
