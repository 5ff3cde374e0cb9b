//! A message of an export, and what it says has happened.

use domain::id::RoomId;
use domain::message::Names;
use serde::Deserialize;
use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::super::{Bad, Dated, Fact, cut, name};
use super::file::Shared;
use super::pin::Pin;
use super::reaction::Reactions;
use super::{Workspace, format, message, moment, origin, user};

/// A message of an export: what we take, and all the rest as it is.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    ts: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    thread_ts: Option<String>,
    #[serde(default)]
    edited: Option<Edited>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Edited {
    ts: String,
}

impl Posted {
    /// When it was posted; nothing if its timestamp is none.
    pub(super) fn at(&self) -> Option<OffsetDateTime> {
        moment(&self.ts)
    }

    /// Why it is no message, if it is none.
    pub(super) fn lacks(&self) -> Option<&'static str> {
        match (self.at(), self.sender()) {
            (None, _) => Some("its `ts` is no time"),
            (Some(_), None) => Some("nobody posted it: it has neither `user` nor `bot_id`"),
            (Some(_), Some(_)) => None,
        }
    }

    /// Slack's name of it, by which it is ordered within its channel.
    pub(super) fn timestamp(&self) -> &str {
        &self.ts
    }

    /// Slack's id of who posted it: of what speaks of a file, who commented.
    pub(super) fn sender(&self) -> Option<&str> {
        let inner = |name: &str| self.rest.get(name)?.get("user")?.as_str();
        self.user
            .as_deref()
            .or_else(|| inner("comment"))
            .or_else(|| inner("file"))
            .or_else(|| self.rest.get("bot_id").and_then(Value::as_str))
    }

    /// Whom else it names by Slack's ids: who reacted to it, and whose files it shares.
    pub(super) fn others(&self) -> impl Iterator<Item = String> {
        let reacted = Reactions::of(self.rest.get("reactions")).told.into_iter().map(|(user, _)| user);
        reacted.chain(self.shared().into_iter().filter_map(|file| file.owner().map(str::to_owned)))
    }

    fn shared(&self) -> Vec<Shared<'_>> {
        Shared::all(self.subtype.as_deref(), &self.rest)
    }

    /// Whether it is pinned, and by whom, if it says so itself.
    pub(super) fn pin(&self) -> Option<Pin> {
        Pin::of_message(&self.ts, self.rest.get("pinned_info")?)
    }

    /// The facts it tells, in order: a change of the channel, or a message.
    pub(super) fn facts(
        &self,
        channel: &str,
        room: RoomId,
        workspace: &Workspace<'_>,
        bad: &mut Vec<Bad>,
    ) -> Vec<Dated> {
        let (Some(at), Some(sender)) = (self.at(), self.sender()) else { return vec![] };
        let dated =
            |fact, kind: &str| vec![Dated { at, origin: origin(&format!("{channel}/{}/{kind}", self.ts), None), fact }];
        let plain = |text: &str| format::plain(text, &workspace.people);
        let field = |name: &str| plain(self.rest.get(name).and_then(Value::as_str).unwrap_or_default()).0;
        match self.subtype.as_deref() {
            Some("channel_join" | "group_join") => {
                dated(Fact::Joined { room, user: user(sender), founding: false }, "join")
            }
            Some("channel_leave" | "group_leave") => dated(Fact::Left { room, user: user(sender) }, "leave"),
            Some("channel_name" | "group_name") => {
                let name = name(&field("name"), domain::text::ROOM_NAME_MAX);
                if name.is_empty() {
                    return vec![];
                }
                dated(Fact::RoomRenamed { room, name }, "name")
            }
            Some(kind @ ("channel_topic" | "group_topic" | "channel_purpose" | "group_purpose")) => {
                let field = field(if kind.ends_with("topic") { "topic" } else { "purpose" });
                let topic = cut(&field, domain::text::TOPIC_MAX);
                dated(Fact::TopicChanged { room, topic }, "topic")
            }
            // Whether it is archived in the end, `channels.json` says.
            Some("channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive") => vec![],
            Some(_) | None => {
                let shared = self.shared();
                let mut facts = Vec::with_capacity(shared.len() + 1);
                for file in &shared {
                    let bytes = workspace.folder.and_then(|folder| file.bytes(folder, bad));
                    facts.push(file.fact(room, sender, at, bytes));
                }
                facts.extend(self.message(channel, room, sender, at, plain(&self.words()), &shared));
                facts
            }
        }
    }

    /// What was said: of a file, the comment that came with it, or else the file's title.
    fn words(&self) -> String {
        let file = self.rest.get("file");
        let comment = file.and_then(|file| file.get("initial_comment")).or_else(|| self.rest.get("comment"));
        let comment = comment.and_then(|comment| comment.get("comment")).and_then(Value::as_str);
        let name = |field: &str| file.and_then(|file| file.get(field)).and_then(Value::as_str);
        match self.subtype.as_deref() {
            Some("file_share" | "file_comment") => {
                comment.or_else(|| name("title")).or_else(|| name("name")).unwrap_or(&self.text).to_owned()
            }
            Some(_) | None => self.text.clone(),
        }
    }

    fn message(
        &self,
        channel: &str,
        room: RoomId,
        sender: &str,
        at: OffsetDateTime,
        (text, names): (String, Names),
        shared: &[Shared<'_>],
    ) -> Vec<Dated> {
        let id = message(channel, &self.ts);
        let reply_to = self.thread_ts.as_ref().filter(|parent| **parent != self.ts);
        let text = cut(&text, domain::text::IMPORTED_MESSAGE_MAX);
        let source_id = format!("{channel}/{}", self.ts);
        let reactions = Reactions::of(self.rest.get("reactions"));
        let sent = Fact::Message {
            id,
            room,
            sender: user(sender),
            text: text.clone(),
            names: names.clone(),
            reply_to: reply_to.map(|parent| message(channel, parent)),
            files: shared.iter().map(Shared::id).collect(),
        };
        let mut facts =
            vec![Dated { at, origin: origin(&source_id, Some(self.untold(&reactions, shared))), fact: sent }];
        if let Some(edited) = self.edited.as_ref().and_then(|edited| moment(&edited.ts)) {
            let origin = origin(&format!("{source_id}/edited"), None);
            facts.push(Dated { at: edited, origin, fact: Fact::Edited { id, room, text, names } });
        }
        // When somebody reacted, Slack does not tell.
        facts.extend(reactions.told.into_iter().map(|(by, emoji)| Dated {
            at,
            origin: origin(&format!("{source_id}/reaction/{by}"), None),
            fact: Fact::Reacted { id, room, user: user(&by), emoji },
        }));
        facts
    }

    /// All that the facts do not tell: the text as written, attachments, files that are none here.
    fn untold(&self, reactions: &Reactions, shared: &[Shared<'_>]) -> Value {
        let mut rest = self.rest.clone();
        for (name, field) in &mut rest {
            let told = match (&**name, field) {
                ("file", file) => std::slice::from_mut(file),
                ("files", Value::Array(files)) => files,
                _ => continue,
            };
            for file in told {
                if let Some(shared) = shared.iter().find(|shared| shared.is(file)) {
                    *file = shared.left();
                }
            }
        }
        if reactions.whole {
            rest.remove("reactions");
        }
        rest.insert("text".to_owned(), self.text.clone().into());
        if let Some(subtype) = &self.subtype {
            rest.insert("subtype".to_owned(), subtype.clone().into());
        }
        Value::Object(rest)
    }
}
