//! The real exports beside the project, where they are there. Where they are not, these tests compare nothing and pass;
//! since nothing is shown of a test that passes, `./dev test` says that they are left out.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use serde_json::{Value, json};

use super::{import, member_names, messages, rooms, signs_in, timeline};
use crate::harness::TestApp;
use crate::harness::environment::real_export;

/// A file of JSON.
fn read(path: &Path) -> Vec<Value> {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// When something was said, by whom, and what, as it is read.
type Said = (i128, String, String);

/// What became of a channel or of who is in it: when, by whom, and in what event.
type Changed = (i128, String, String);

/// What is in a channel of the export, in order: what tells of the channel itself, and what people said.
fn lines(channel: &Path) -> (Vec<Value>, Vec<Value>) {
    let days = std::fs::read_dir(channel).unwrap().map(|day| read(&day.unwrap().path()));
    let mut lines = days.flatten().collect::<Vec<_>>();
    lines.sort_by_key(|line| text(&line["ts"]));
    lines.into_iter().partition(|line| line["subtype"].as_str().unwrap_or_default().starts_with("channel_"))
}

/// What became of a channel. What it is about is its topic, or else its purpose; what does not change that is no news.
fn changed(channel: &Value, lines: &[Value], people: &HashMap<String, String>) -> Vec<Changed> {
    let mut about = ["topic", "purpose"].map(|of| {
        let is_told = lines.iter().any(|line| line["subtype"] == format!("channel_{of}").as_str());
        if is_told { String::new() } else { text(&channel[of]["value"]) }
    });
    let mut changed = vec![];
    for line in lines {
        let before = shown(&about).to_owned();
        let event = match line["subtype"].as_str().unwrap() {
            "channel_join" => "membership_joined",
            "channel_leave" => "membership_left",
            "channel_name" => "room_renamed",
            "channel_archive" => "room_archived",
            of @ ("channel_topic" | "channel_purpose") => {
                let of = of.trim_start_matches("channel_");
                about[usize::from(of == "purpose")] = text(&line[of]);
                "room_topic_changed"
            }
            other => panic!("{other} is not known here"),
        };
        if event != "room_topic_changed" || shown(&about) != before {
            changed.push((
                millis(&text(&line["ts"])),
                people[line["user"].as_str().unwrap()].clone(),
                event.to_owned(),
            ));
        }
    }
    changed
}

/// Of a topic and a purpose what a room is about.
fn shown([topic, purpose]: &[String; 2]) -> &str {
    if topic.is_empty() { purpose } else { topic }
}

/// The notices of a timeline but those of pins.
fn noticed(timeline: &[Value], names: &HashMap<String, String>) -> Vec<Changed> {
    let notices = timeline.iter().filter(|item| item["type"] != "message");
    let notices = notices.map(|notice| {
        let by = names[notice["sender_id"].as_str().unwrap()].clone();
        (sent_at(notice), by, text(&notice["data"]["event"]["type"]))
    });
    notices.filter(|(.., event)| event != "message_pinned").collect()
}

/// Milliseconds since 1970 at which something in a timeline was sent.
fn sent_at(item: &Value) -> i128 {
    let format = &time::format_description::well_known::Rfc3339;
    let at = time::OffsetDateTime::parse(item["sent_at"].as_str().unwrap(), format);
    at.unwrap().unix_timestamp_nanos() / 1_000_000
}

/// When, by whom and what people said.
fn said(posted: &[Value], people: &HashMap<String, String>) -> Vec<Said> {
    let said = posted.iter().map(|message| {
        (millis(message["ts"].as_str().unwrap()), people[sender(message)].clone(), rendered(written(message), people))
    });
    said.collect()
}

/// Slack's id of who said or did something.
fn sender(line: &Value) -> &str {
    let senders = [&line["user"], &line["comment"]["user"], &line["file"]["user"]];
    senders.into_iter().find_map(Value::as_str).unwrap()
}

/// Who is in a channel that lists no members: who came or wrote, and did not leave since.
fn came_or_wrote(lines: &[Value], posted: &[Value], people: &HashMap<String, String>) -> BTreeSet<String> {
    let mut all = lines.iter().chain(posted).collect::<Vec<_>>();
    all.sort_by_key(|line| text(&line["ts"]));
    let mut there = BTreeSet::new();
    for line in all {
        let (name, of) = (people[sender(line)].clone(), line["subtype"].as_str().unwrap_or_default());
        if of == "channel_leave" {
            there.remove(&name);
        } else if of == "channel_join" || !of.starts_with("channel_") {
            there.insert(name);
        }
    }
    there
}

/// What somebody wrote, with its markup: of a file, a comment on it, what it came with, its title or its name.
fn written(message: &Value) -> &str {
    let file = &message["file"];
    let of_file = [&file["initial_comment"]["comment"], &file["title"], &file["name"]];
    let mut texts = [&message["comment"]["comment"]].into_iter().chain(of_file).chain([&message["text"]]);
    texts.find_map(Value::as_str).unwrap()
}

/// What is written with Slack's markup as `docs/importing.md` has it read.
fn rendered(written: &str, people: &HashMap<String, String>) -> String {
    let mut parts = written.split('<');
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        let (mark, after) = part.split_once('>').unwrap();
        let (target, label) = mark.split_once('|').unwrap_or((mark, ""));
        let (kind, id) = target.split_at(1);
        let words = match kind {
            "@" => format!("@{}", people[id]),
            "!" => format!("@{id}"),
            _ if target.ends_with(label) => target.to_owned(),
            _ => format!("{label} ({target})"),
        };
        plain += &words;
        plain += after;
    }
    plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// What people are called here, by their ids.
async fn names(app: &TestApp) -> HashMap<String, String> {
    let names = sqlx::query_as::<_, (String, String)>("select id::text, display_name from read.account");
    names.fetch_all(&app.pool).await.unwrap().into_iter().collect()
}

/// Fails unless what is served is what was said, all in all.
fn assert_said(messages: &[Value], said: &[Said], names: &HashMap<String, String>, room: &str) {
    for (message, said) in messages.iter().zip(said) {
        let sender = &names[message["sender_id"].as_str().unwrap()];
        let served = (sent_at(message), sender.clone(), text(&message["data"]["text"]));
        assert_eq!(&served, said, "{room}");
    }
    assert_eq!(messages.len(), said.len(), "{room}");
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
    let Some(export) = real_export("slack-export") else { return };
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
    let rooms = rooms.iter().map(|room| (room["name"].as_str().unwrap(), room)).collect::<HashMap<_, _>>();
    assert_eq!(rooms.len(), 16);
    let users = read(&export.join("users.json"));
    let called = |of: &Value| (text(&of["id"]), text(&of["profile"]["real_name"]));
    let (people, names) = (users.iter().map(called).collect(), names(&app).await);
    let (mut unlisted, mut members) = (0, HashMap::new());
    let (mut reacted, mut pinned, mut answered, mut files) = ([0, 0], [0, 0], [0, 0], vec![]);
    let (mut count, mut became) = (0, BTreeMap::new());
    for channel in read(&export.join("channels.json")) {
        let name = channel["name"].as_str().unwrap();
        let (lines, posted) = lines(&export.join(name));
        for message in &posted {
            let reactions = message["reactions"].as_array();
            reacted[0] += reactions.into_iter().flatten().flat_map(|one| one["users"].as_array().unwrap()).count();
            answered[0] += usize::from(message["thread_ts"].is_string() && message["thread_ts"] != message["ts"]);
        }
        let is_there = |pin: &&Value| posted.iter().any(|message| message["ts"] == pin["id"]);
        pinned[0] += channel["pins"].as_array().into_iter().flatten().filter(is_there).count();
        let room = rooms[name];
        let about = shown(&["topic", "purpose"].map(|of| text(&channel[of]["value"]))).replace("&amp;", "&");
        assert_eq!(room["topic"].as_str().unwrap_or_default(), about, "{name}");
        assert_eq!(room["archived"], channel["is_archived"], "{name}");
        let room = room["id"].as_str().unwrap();
        let email = member(&app, room).await;
        if !members.contains_key(&email) {
            members.insert(email.clone(), signs_in(&app, &email).await);
        }
        if channel["members"].as_array().unwrap().is_empty() {
            let there = member_names(&members[&email], room).await;
            assert_eq!(there, came_or_wrote(&lines, &posted, &people), "{name}");
            unlisted += 1;
        }
        let mut messages = timeline(&members[&email], room).await;
        let changes = changed(&channel, &lines, &people);
        assert_eq!(noticed(&messages, &names), changes, "{name}");
        for (.., event) in changes {
            *became.entry(event).or_insert(0) += 1;
        }
        messages.retain(|item| item["type"] == "message");
        assert_said(&messages, &said(&posted, &people), &names, name);
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
    assert_eq!((count, unlisted), (1033, 9), "what people said, and channels that list no members");
    // Two purposes were set as they were, and a topic was taken away that hid the purpose of the channel's making.
    let expected = [
        ("membership_joined", 320),
        ("membership_left", 3),
        ("room_archived", 9),
        ("room_renamed", 2),
        ("room_topic_changed", 13 + 2 - 3),
    ];
    let expected = BTreeMap::from(expected.map(|(event, times)| (event.to_owned(), times)));
    assert_eq!(became, expected, "and what became of channels");
    assert_eq!(count + 320 + 3 + 9 + 2 + 13 + 2, 1382, "lines of the export");
    let ids = files.iter().map(|file| file["id"].as_str().unwrap()).collect::<HashSet<_>>();
    assert_eq!((files.len(), ids.len()), (61, 61));
    assert!(files.iter().all(|file| file["hash"].is_null() && file["size"].as_i64() > Some(0)), "{files:#?}");
}

/// Days of IRC that go on past midnight.
const PAST_MIDNIGHT: [&str; 2] = ["2004-12-25.txt", "2012-03-24.txt"];

/// Lines of the other days that are imported, so that it takes seconds; all are read.
const LINES: usize = 300;

/// The days of IRC, by name, which begins with the date, whole and as they are imported.
fn days(logs: &Path) -> Vec<(String, String, String)> {
    let entries = std::fs::read_dir(logs).unwrap().map(|day| day.unwrap());
    let days = entries.map(|day| {
        let (name, whole) = (day.file_name().into_string().unwrap(), std::fs::read_to_string(day.path()).unwrap());
        let most = if PAST_MIDNIGHT.contains(&&*name) { usize::MAX } else { LINES };
        let some = whole.split_inclusive('\n').take(most).collect();
        (name, whole, some)
    });
    let mut days = days.collect::<Vec<_>>();
    days.sort();
    days
}

/// What people said on a day of IRC. A time that goes back by two hours is of the next day.
fn spoken(name: &str, log: &str) -> Vec<Said> {
    let date = time::macros::format_description!("[year]-[month]-[day]");
    let date = time::Date::parse(&name[..10], date).unwrap();
    let (mut midnight, mut before) = (date.midnight().assume_utc().unix_timestamp(), 0);
    let said = log.lines().filter_map(|line| {
        let minutes = line[1..3].parse::<i64>().unwrap() * 60 + line[4..6].parse::<i64>().unwrap();
        let (nick, text) = line[9..].split_once("> ")?;
        if before - minutes >= 120 {
            midnight += 24 * 3600;
        }
        before = minutes;
        Some((i128::from(midnight + minutes * 60) * 1000, nick.trim().to_owned(), text.to_owned()))
    });
    said.collect()
}

#[tokio::test]
async fn the_irc_logs_are_one_room_of_all_who_spoke() {
    let Some(logs) = real_export("irc") else { return };
    let days = days(&logs);
    assert_eq!(days.len(), 16);
    let app = TestApp::without_nats().await;
    let told = import(&app, &["irc", logs.to_str().unwrap(), "--dry-run"]).await;
    let lines = days.iter().map(|(_, whole, _)| whole.lines().count()).sum::<usize>();
    assert!(told.contains(&format!("{} messages in 1 rooms; 3 lines bad, 1 made do with", lines - 3)), "{told}");
    for why in [
        "2005-10-12.txt:369: not of the form [hh:mm] <nick> text",
        "2005-10-12.txt:1143: not of the form [hh:mm] <nick> text",
        "2009-05-04.txt:1109: not of the form [hh:mm] <nick> text",
        "2004-12-25.txt:543: the time goes back by 11:50: it is taken for one of the next day",
    ] {
        assert!(told.contains(why), "{why}: {told}");
    }

    let channel = tempfile::tempdir().unwrap();
    for (name, _, some) in &days {
        std::fs::write(channel.path().join(name), some).unwrap();
    }
    let path = channel.path().to_str().unwrap();
    import(&app, &["irc", path]).await;
    let head = app.head().await;
    let again = import(&app, &["irc", path]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);
    app.settled().await;
    let reader = app.registers("reader").await;
    let room = rooms(&reader).await[0]["id"].as_str().unwrap().to_owned();
    reader.put(&format!("/v1/rooms/{room}/members/me"), json!({})).await.expect(201);
    let messages = messages(&reader, &room).await;
    let said = days.iter().flat_map(|(name, _, some)| spoken(name, some)).collect::<Vec<_>>();
    assert!(said.is_sorted_by_key(|(at, ..)| *at), "no time goes back");
    assert_said(&messages, &said, &names(&app).await, "irc");
}
