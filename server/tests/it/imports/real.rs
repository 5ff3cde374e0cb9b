//! The real input beside the project, where it is there.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use serde_json::Value;

use super::{import, messages, rooms, signs_in};
use crate::harness::TestApp;

fn data(name: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    path.is_dir().then_some(path)
}

/// The email of somebody who is a member.
async fn member(app: &TestApp, room: &str) -> String {
    let query = "select a.email from read.membership m join read.account a on a.id = m.user_id \
                 where m.room_id = $1::uuid and m.present order by a.email limit 1";
    sqlx::query_scalar(query).bind(room).fetch_one(&app.pool).await.unwrap()
}

/// Milliseconds since 1970 of a Slack timestamp.
fn millis(timestamp: &str) -> i128 {
    let (seconds, fraction) = timestamp.split_once('.').unwrap();
    seconds.parse::<i128>().unwrap() * 1000 + fraction[..3].parse::<i128>().unwrap()
}

#[tokio::test]
async fn the_slack_export_is_read_whole_by_a_member_in_order_with_its_times() {
    let Some(export) = data("slack-export") else { return };
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
    let (mut read, mut members) = (0, HashMap::new());
    let (mut reacted, mut pinned, mut answered, mut files) = ([0, 0], [0, 0], [0, 0], vec![]);
    for channel in
        serde_json::from_str::<Vec<Value>>(&std::fs::read_to_string(export.join("channels.json")).unwrap()).unwrap()
    {
        let name = channel["name"].as_str().unwrap();
        let mut posted = Vec::new();
        for day in std::fs::read_dir(export.join(name)).unwrap() {
            let day = std::fs::read_to_string(day.unwrap().path()).unwrap();
            posted.extend(serde_json::from_str::<Vec<Value>>(&day).unwrap());
        }
        posted.retain(|message| !message["subtype"].as_str().unwrap_or_default().starts_with("channel_"));
        for message in &posted {
            let reactions = message["reactions"].as_array();
            reacted[0] += reactions.into_iter().flatten().flat_map(|one| one["users"].as_array().unwrap()).count();
            answered[0] += usize::from(message["thread_ts"].is_string() && message["thread_ts"] != message["ts"]);
        }
        let is_there = |pin: &&Value| posted.iter().any(|message| message["ts"] == pin["id"]);
        pinned[0] += channel["pins"].as_array().into_iter().flatten().filter(is_there).count();
        let mut expected = posted.iter().map(|message| millis(message["ts"].as_str().unwrap())).collect::<Vec<_>>();
        expected.sort_unstable();
        let room = rooms[name];
        let email = member(&app, room).await;
        if !members.contains_key(&email) {
            members.insert(email.clone(), signs_in(&app, &email).await);
        }
        let messages = messages(&members[&email], room).await;
        let times = messages.iter().map(|message| {
            let sent = message["sent_at"].as_str().unwrap();
            let format = &time::format_description::well_known::Rfc3339;
            time::OffsetDateTime::parse(sent, format).unwrap().unix_timestamp_nanos() / 1_000_000
        });
        assert_eq!(times.collect::<Vec<_>>(), expected, "{name}");
        read += messages.len();
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
    assert_eq!(read, 1382 - 349, "all but what tells of channels themselves");
    let ids = files.iter().map(|file| file["id"].as_str().unwrap()).collect::<HashSet<_>>();
    assert_eq!((files.len(), ids.len()), (61, 61));
    assert!(files.iter().all(|file| file["hash"].is_null() && file["size"].as_i64() > Some(0)), "{files:#?}");
}

#[tokio::test]
async fn the_irc_logs_are_one_room_of_all_who_spoke() {
    let Some(logs) = data("irc") else { return };
    let channel = tempfile::tempdir().unwrap();
    let day = "2009-05-04.txt";
    std::fs::copy(logs.join(day), channel.path().join(day)).unwrap();
    let app = TestApp::without_nats().await;
    let path = channel.path().to_str().unwrap();
    let told = import(&app, &["irc", path]).await;
    let lines = std::fs::read_to_string(logs.join(day)).unwrap().lines().count();
    assert!(told.contains(&format!("{} messages in 1 rooms; 1 lines bad", lines - 1)), "{told}");
    assert!(told.contains("2009-05-04.txt:1109: not of the form [hh:mm] <nick> text"), "{told}");
    let head = app.head().await;
    let again = import(&app, &["irc", path]).await;
    assert!(again.contains("added 0, "), "{again}");
    assert_eq!(app.head().await, head);
}
