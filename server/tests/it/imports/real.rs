//! The real input beside the project, where it is there.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{import, messages, rooms, signs_in};
use crate::harness::TestApp;

/// The real input, if it is there; otherwise a test says that it compared nothing.
fn data(name: &str, test: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if path.is_dir() {
        return Some(path);
    }
    // To the stream itself, which is not captured: of a test that passes nothing else is shown.
    let mut stderr = std::io::stderr().lock();
    writeln!(stderr, "SKIPPED imports::real::{test}: {} is not there, nothing was compared", path.display()).unwrap();
    None
}

/// A file of JSON.
fn read(path: &Path) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// When something was said, by whom, and what, where it is of no markup.
type Said = (i128, String, Option<String>);

/// What people said in a channel of the export, in order.
fn posted(channel: &Path, people: &HashMap<String, String>) -> (Vec<Value>, Vec<Said>) {
    let days = std::fs::read_dir(channel).unwrap().map(|day| read(&day.unwrap().path()));
    let mut posted = days.flatten().collect::<Vec<_>>();
    posted.retain(|message| !message["subtype"].as_str().unwrap_or_default().starts_with("channel_"));
    posted.sort_by_key(|message| message["ts"].as_str().unwrap().to_owned());
    let said = posted.iter().map(|message| {
        let senders = [&message["user"], &message["comment"]["user"], &message["file"]["user"]];
        let sender = senders.into_iter().find_map(Value::as_str).unwrap();
        let text = message["text"].as_str().filter(|text| message["subtype"].is_null() && !text.contains(['<', '&']));
        (millis(message["ts"].as_str().unwrap()), people[sender].clone(), text.map(str::to_owned))
    });
    let said = said.collect();
    (posted, said)
}

/// What people are called here, by their ids.
async fn names(app: &TestApp) -> HashMap<String, String> {
    let names = sqlx::query_as::<_, (String, String)>("select id::text, display_name from read.account");
    names.fetch_all(&app.pool).await.unwrap().into_iter().collect()
}

/// Compares what is served with what was said, all in all; how many texts of no markup were among it.
fn compared(messages: &[Value], said: &[Said], names: &HashMap<String, String>, room: &str) -> usize {
    let served = messages.iter().zip(said).map(|(message, (.., text))| {
        let sent = message["sent_at"].as_str().unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        let at = time::OffsetDateTime::parse(sent, format).unwrap().unix_timestamp_nanos() / 1_000_000;
        let own = message["data"]["text"].as_str().filter(|_| text.is_some());
        (at, names[message["sender_id"].as_str().unwrap()].clone(), own.map(str::to_owned))
    });
    let served = served.collect::<Vec<_>>();
    for (served, said) in served.iter().zip(said) {
        assert_eq!(served, said, "{room}");
    }
    assert_eq!(messages.len(), said.len(), "{room}");
    said.iter().filter(|(.., text)| text.is_some()).count()
}

/// The email of somebody who is a member.
async fn member(app: &TestApp, room: &str) -> String {
    let query = "select a.email from read.membership m join read.account a on a.id = m.user_id \
                 where m.room_id = $1::uuid and m.present order by a.email limit 1";
    sqlx::query_scalar(query).bind(room).fetch_one(&app.pool).await.unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// Milliseconds since 1970 of a Slack timestamp.
fn millis(timestamp: &str) -> i128 {
    let (seconds, fraction) = timestamp.split_once('.').unwrap();
    seconds.parse::<i128>().unwrap() * 1000 + fraction[..3].parse::<i128>().unwrap()
}

#[tokio::test]
async fn the_slack_export_is_read_whole_by_a_member_in_order_with_its_times() {
    let test = "the_slack_export_is_read_whole_by_a_member_in_order_with_its_times";
    let Some(export) = data("slack-export", test) else { return };
    let app = TestApp::without_nats().await;
    let path = export.to_str().unwrap();
    let told = import(&app, &["slack", path]).await;
    assert!(told.contains("in 16 rooms; 0 lines bad"), "{told}");
    assert!(told.contains("61 files went with messages"), "{told}");
    let head = app.head().await;
    assert!(import(&app, &["slack", path]).await.contains("added 0, "));
    assert_eq!(app.head().await, head, "the second import adds no event");
    app.settled().await;
    let users = sqlx::query_scalar::<_, i64>("select count(*) from log.events where event_type = 'user_registered'");
    assert_eq!(users.fetch_one(&app.pool).await.unwrap(), 71);

    let reader = signs_in(&app, "member01@example.org").await;
    let rooms = rooms(&reader).await;
    let rooms = rooms
        .iter()
        .map(|room| (room["name"].as_str().unwrap(), room["id"].as_str().unwrap()))
        .collect::<HashMap<_, _>>();
    assert_eq!(rooms.len(), 16);
    let users = read(&export.join("users.json"));
    let called = |of: &Value| (text(&of["id"]), text(&of["profile"]["real_name"]));
    let (people, names) = (users.iter().map(called).collect(), names(&app).await);
    let (mut plain, mut members) = (0, HashMap::new());
    let (mut reacted, mut pinned, mut answered, mut files) = ([0, 0], [0, 0], [0, 0], vec![]);
    let mut count = 0;
    for channel in read(&export.join("channels.json")) {
        let name = channel["name"].as_str().unwrap();
        let (posted, said) = posted(&export.join(name), &people);
        for message in &posted {
            let reactions = message["reactions"].as_array();
            reacted[0] += reactions.into_iter().flatten().flat_map(|one| one["users"].as_array().unwrap()).count();
            answered[0] += usize::from(message["thread_ts"].is_string() && message["thread_ts"] != message["ts"]);
        }
        let is_there = |pin: &&Value| posted.iter().any(|message| message["ts"] == pin["id"]);
        pinned[0] += channel["pins"].as_array().into_iter().flatten().filter(is_there).count();
        let room = rooms[name];
        let email = member(&app, room).await;
        if !members.contains_key(&email) {
            members.insert(email.clone(), signs_in(&app, &email).await);
        }
        let messages = messages(&members[&email], room).await;
        plain += compared(&messages, &said, &names, name);
        count += messages.len();
        let reactions = messages.iter().flat_map(|message| message["reactions"].as_array().unwrap());
        reacted[1] += reactions.map(|one| usize::try_from(one["count"].as_u64().unwrap()).unwrap()).sum::<usize>();
        pinned[1] += messages.iter().filter(|message| message["pinned"] == true).count();
        files.extend(
            messages.iter().flat_map(|message| message["data"]["files"].as_array().into_iter().flatten().cloned()),
        );
        answered[1] += messages.iter().filter(|message| message["data"]["reply_to"].is_string()).count();
    }
    // One more was to a notice of a topic, which nobody reacts to here.
    assert_eq!((reacted, pinned), ([198; 2], [1; 2]), "what the export tells, and what is seen");
    assert_eq!(answered[1], answered[0]);
    assert_eq!(count, 1382 - 349, "all but what tells of channels themselves");
    assert_eq!(plain, 603, "texts of no markup, each as it was written");
    let ids = files.iter().map(|file| file["id"].as_str().unwrap()).collect::<HashSet<_>>();
    assert_eq!((files.len(), ids.len()), (61, 61));
    assert!(files.iter().all(|file| file["hash"].is_null() && file["size"].as_i64() > Some(0)), "{files:#?}");
}

#[tokio::test]
async fn the_irc_logs_are_one_room_of_all_who_spoke() {
    let Some(logs) = data("irc", "the_irc_logs_are_one_room_of_all_who_spoke") else { return };
    let channel = tempfile::tempdir().unwrap();
    let day = "2009-05-04.txt";
    std::fs::copy(logs.join(day), channel.path().join(day)).unwrap();
    let app = TestApp::without_nats().await;
    let path = channel.path().to_str().unwrap();
    let told = import(&app, &["irc", path]).await;
    let log = std::fs::read_to_string(logs.join(day)).unwrap();
    assert!(told.contains(&format!("{} messages in 1 rooms; 1 lines bad", log.lines().count() - 1)), "{told}");
    assert!(told.contains("2009-05-04.txt:1109: not of the form [hh:mm] <nick> text"), "{told}");
    let head = app.head().await;
    let again = import(&app, &["irc", path]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);

    let midnight = time::macros::datetime!(2009-05-04 0:00 UTC).unix_timestamp();
    let said = log.lines().filter_map(|line| {
        let (hour, minute) = (line[1..3].parse::<i64>().unwrap(), line[4..6].parse::<i64>().unwrap());
        let (nick, text) = line[9..].split_once("> ")?;
        Some((i128::from(midnight + hour * 3600 + minute * 60) * 1000, nick.to_owned(), Some(text.to_owned())))
    });
    let said = said.collect::<Vec<_>>();
    app.settled().await;
    let reader = app.registers("reader").await;
    let room = rooms(&reader).await[0]["id"].as_str().unwrap().to_owned();
    reader.put(&format!("/v1/rooms/{room}/members/me"), json!({})).await.expect(201);
    let messages = messages(&reader, &room).await;
    assert_eq!(compared(&messages, &said, &names(&app).await, day), said.len());
}
