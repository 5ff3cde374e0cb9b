//! What became of a channel itself, beside what was said in it.

use std::collections::HashMap;

use domain::text::ROOM_NAME_MAX;
use time::OffsetDateTime;

use super::super::super::{Dated, Fact, name};
use super::super::list::Placed;
use super::super::message::Posted;
use super::super::{origin, room};
use super::Channel;

impl Channel {
    /// What it was called before its name first changed: what it is called today, if it never did, or the former one can
    /// be none.
    pub(super) fn first_name(&self, posted: &[Placed<Posted>], people: &HashMap<String, String>) -> String {
        let renamed = posted.iter().map(|posted| &posted.item).find(|posted| posted.new_name(people).is_some());
        renamed.and_then(|posted| posted.old_name(people)).unwrap_or_else(|| self.title())
    }

    /// What `channels.json` says of today, where what happened does not come to it: days may be lacking. With what
    /// it was about when all that had happened, and what it is about today.
    pub(super) fn endings(&self, facts: &[Dated], (about, today): (&str, &str), at: OffsetDateTime) -> Vec<Dated> {
        let room = room(&self.id);
        let mut endings = vec![];
        let mut end = |source_id: &str, fact| endings.push(Dated { at, origin: origin(source_id, None), fact });
        let renamed = facts.iter().rev().find_map(|dated| {
            let Fact::RoomRenamed { name, .. } = &dated.fact else { return None };
            Some((dated, name))
        });
        if let Some((last, _)) = renamed.filter(|(_, name)| **name != self.title()) {
            end(&after(last), Fact::RoomRenamed { room, name: self.title(), by: None });
        }
        if about != today {
            let changed = facts.iter().rfind(|dated| matches!(dated.fact, Fact::TopicChanged { .. }));
            let source_id = changed.map_or_else(|| format!("{}/topic", self.id), after);
            end(&source_id, Fact::TopicChanged { room, topic: today.to_owned(), by: None });
        }
        let filed = facts.iter().rfind(|dated| matches!(dated.fact, Fact::Archived { .. } | Fact::Unarchived { .. }));
        let archived = filed.filter(|dated| matches!(dated.fact, Fact::Archived { .. }));
        match (self.is_archived, archived) {
            (Some(true), None) => {
                let source_id = filed.map_or_else(|| format!("{}/archived", self.id), after);
                end(&source_id, Fact::Archived { room, by: None });
            }
            (Some(false), Some(last)) => end(&after(last), Fact::Unarchived { room, by: None }),
            (Some(true), Some(_)) | (Some(false) | None, _) => {}
        }
        endings
    }

    /// What it is called today: a room has a name.
    fn title(&self) -> String {
        let title = Some(name(&self.name, ROOM_NAME_MAX)).filter(|title| !title.is_empty());
        title.unwrap_or_else(|| self.id.clone())
    }
}

/// The name of what is so in the end, after the last that happened.
fn after(last: &Dated) -> String {
    format!("{}/today", last.origin.source_id)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::super::{Shape, slack};
    use super::super::super::user;
    use super::*;

    /// What an export of one channel tells of the channel itself: when, who, what.
    fn told(channel: &Value, day: &Value) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, value: &Value| std::fs::write(folder.path().join(name), value.to_string()).unwrap();
        write("users.json", &json!([{"id": "U1", "name": "ann"}]));
        write("channels.json", &json!([channel]));
        std::fs::create_dir(folder.path().join("c")).unwrap();
        write("c/2014-05-14.json", day);
        let read = slack(folder.path(), None).unwrap();
        read.beginnings.iter().chain(&read.rooms[0]).filter_map(shown).collect()
    }

    fn shown(dated: &Dated) -> Option<String> {
        let (what, by) = match &dated.fact {
            Fact::RoomCreated { shape: Shape::Group { name, .. }, topic, .. } => {
                let about = topic.as_ref().map(|topic| format!(" about {topic}"));
                (format!("made as {name}{}", about.unwrap_or_default()), &None)
            }
            Fact::RoomRenamed { name, by, .. } => (format!("called {name}"), by),
            Fact::TopicChanged { topic, by, .. } => (format!("about {topic}"), by),
            Fact::Archived { by, .. } => ("archived".to_owned(), by),
            Fact::Unarchived { by, .. } => ("taken out".to_owned(), by),
            Fact::RoomCreated { shape: Shape::Dialog(_), .. }
            | Fact::Registered { .. }
            | Fact::ModeratorsMade { .. }
            | Fact::MadeModerator { .. }
            | Fact::Joined { .. }
            | Fact::Left { .. }
            | Fact::Preferred { .. }
            | Fact::File { .. }
            | Fact::Message { .. }
            | Fact::Edited { .. }
            | Fact::Reacted { .. }
            | Fact::Pinned { .. } => return None,
        };
        let by = if *by == Some(user("U1")) { " by U1" } else { "" };
        Some(format!("{} {what}{by}", dated.at.unix_timestamp()))
    }

    fn event(subtype: &str, second: u32, more: Value) -> Value {
        let mut event = json!({"subtype": subtype, "user": "U1", "text": "", "ts": format!("{second}.000001")});
        let Value::Object(more) = more else { panic!("fields: {more}") };
        event.as_object_mut().unwrap().extend(more);
        event
    }

    fn renamed(second: u32, old: &str, new: &str) -> Value {
        event("channel_name", second, json!({"old_name": old, "name": new}))
    }

    fn filed(subtype: &str, second: u32) -> Value {
        event(subtype, second, json!({}))
    }

    #[test]
    fn names_are_told_from_the_first_to_the_last() {
        let channel = json!({"id": "C1", "name": "c"});
        let day = json!([renamed(5, "a", "b"), renamed(6, "b", "c")]);
        assert_eq!(told(&channel, &day), ["5 made as a", "5 called b by U1", "6 called c by U1"]);
        let back = json!([renamed(5, "c", "b"), renamed(6, "b", "c")]);
        assert_eq!(told(&channel, &back), ["5 made as c", "5 called b by U1", "6 called c by U1"]);
        // What can be no name, before or after, was none.
        assert_eq!(told(&channel, &json!([renamed(5, " \u{7}", "c")])), ["5 made as c", "5 called c by U1"]);
        let odd = json!([renamed(5, "a", ""), renamed(6, "b", "c")]);
        assert_eq!(told(&channel, &odd), ["5 made as b", "6 called c by U1"]);
        // What it is called today holds.
        assert_eq!(
            told(&channel, &json!([renamed(5, "a", "b"), filed("channel_join", 9)])),
            ["5 made as a", "5 called b by U1", "9 called c"]
        );
    }

    #[test]
    fn it_is_archived_when_it_was_and_in_the_end_as_it_is() {
        let channel = |is_archived: Value| json!({"id": "C1", "name": "c", "is_archived": is_archived});
        let day = json!([filed("channel_join", 5), filed("channel_archive", 6), filed("channel_leave", 9)]);
        let archived = ["5 made as c", "6 archived by U1"];
        assert_eq!(told(&channel(json!(true)), &day), archived);
        assert_eq!(told(&channel(Value::Null), &day), archived);
        let out = [archived[0], archived[1], "9 taken out"];
        assert_eq!(told(&channel(json!(false)), &day), out);
        let there_and_back =
            json!([filed("group_archive", 6), filed("group_unarchive", 7), filed("channel_archive", 8)]);
        let turns = ["6 made as c", "6 archived by U1", "7 taken out by U1", "8 archived by U1"];
        assert_eq!(told(&channel(json!(true)), &there_and_back), turns);
        let silent = json!([filed("channel_join", 5), filed("channel_leave", 9)]);
        assert_eq!(told(&channel(json!(true)), &silent), ["5 made as c", "9 archived"]);
        assert_eq!(told(&channel(json!(false)), &silent), ["5 made as c"]);
    }

    #[test]
    fn what_holds_today_is_told_of_what_was_archived_too() {
        let archived =
            json!({"id": "C1", "name": "c", "is_archived": true, "topic": {"value": "t"}, "purpose": {"value": ""}});
        // That it became c, and is about t, was on a day that is missing.
        let day = json!([renamed(5, "a", "b"), topic(6, "s"), filed("channel_archive", 7)]);
        assert_eq!(
            told(&archived, &day),
            ["5 made as a", "5 called b by U1", "6 about s by U1", "7 archived by U1", "7 called c", "7 about t"]
        );
        // Here it was taken out on such a day, before it became c.
        let open = json!({"id": "C1", "name": "c", "is_archived": false});
        let day = json!([filed("channel_archive", 5), renamed(8, "a", "c")]);
        assert_eq!(told(&open, &day), ["5 made as a", "5 archived by U1", "8 called c by U1", "8 taken out"]);
    }

    fn about(topic: &str, purpose: &str) -> Value {
        json!({"id": "C1", "name": "c", "topic": {"value": topic}, "purpose": {"value": purpose}})
    }

    fn topic(second: u32, topic: &str) -> Value {
        event("channel_topic", second, json!({ "topic": topic }))
    }

    fn purpose(second: u32, purpose: &str) -> Value {
        event("channel_purpose", second, json!({ "purpose": purpose }))
    }

    #[test]
    fn a_topic_is_what_it_is_about_and_without_one_the_purpose() {
        let day = json!([purpose(5, "p"), topic(6, "t"), purpose(7, "q")]);
        assert_eq!(told(&about("t", "q"), &day), ["5 made as c", "5 about p by U1", "6 about t by U1"]);
        let cleared = json!([topic(5, "t"), topic(6, "")]);
        assert_eq!(
            told(&about("", "p"), &cleared),
            ["5 made as c about p", "5 about t by U1", "6 about p by U1"],
            "a purpose that never changed was there before"
        );
        let hidden = json!([topic(5, "t"), purpose(6, "p"), topic(7, "")]);
        assert_eq!(told(&about("", "p"), &hidden), ["5 made as c", "5 about t by U1", "7 about p by U1"]);
    }

    #[test]
    fn what_it_is_about_today_is_as_people_read_it_and_holds() {
        assert_eq!(told(&about("a &amp; <@U1>", "p"), &json!([])), ["0 made as c about a & @ann"]);
        assert_eq!(told(&about("", "&lt;p&gt;"), &json!([])), ["0 made as c about <p>"]);
        let lacking = json!([topic(5, "s"), filed("channel_join", 9)]);
        assert_eq!(told(&about("t", ""), &lacking), ["5 made as c", "5 about s by U1", "9 about t"]);
    }
}
