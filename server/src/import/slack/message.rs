//! A message of an export, and what it says has happened.

use std::collections::HashMap;

use domain::message::Names;
use domain::text::{IMPORTED_MESSAGE_MAX, ROOM_NAME_MAX};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use super::super::{Dated, Fact, Faults, Place, head, name};
use super::file::Shared;
use super::list::{is_id, shown};
use super::pin::Pin;
use super::reaction::Reactions;
use super::topic::Topics;
use super::{Workspace, format, message, moment, origin, room, user};

/// A message of an export: what we take, and all the rest as it is.
#[derive(Debug, Deserialize)]
pub(super) struct Posted {
    ts: String,
    #[serde(default)]
    user: Option<String>,
    #[serde(default)]
    subtype: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    thread_ts: Option<String>,
    #[serde(default)]
    edited: Option<Value>,
    #[serde(flatten)]
    rest: Map<String, Value>,
    /// What sets it apart from another of its kind and timestamp.
    #[serde(skip)]
    apart: Option<String>,
}

/// What a message tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Joined,
    Left,
    Renamed,
    /// A topic or a purpose.
    Topic,
    /// Also that it was taken out of the archive.
    Archiving,
    Said,
}

impl Posted {
    /// When it was posted; nothing if its timestamp is none.
    pub(super) fn at(&self) -> Option<OffsetDateTime> {
        moment(&self.ts)
    }

    /// Why it is no message, if it is none.
    pub(super) fn lacks(&self) -> Option<String> {
        let why = match (self.at(), self.sender(), self.senders().next()) {
            (None, ..) => "its `ts` is no time".to_owned(),
            (Some(_), Some(_), _) => return None,
            (Some(_), None, Some(id)) => format!("who posted it has no id: {}", shown(id)),
            (Some(_), None, None) => "nobody posted it: it has neither `user` nor `bot_id`".to_owned(),
        };
        Some(why)
    }

    /// Slack's name of it, by which it is ordered within its channel.
    pub(super) fn timestamp(&self) -> &str {
        &self.ts
    }

    /// What it tells of.
    pub(super) fn kind(&self) -> Kind {
        match self.subtype.as_deref() {
            Some("channel_join" | "group_join") => Kind::Joined,
            Some("channel_leave" | "group_leave") => Kind::Left,
            Some("channel_name" | "group_name") => Kind::Renamed,
            Some("channel_topic" | "group_topic" | "channel_purpose" | "group_purpose") => Kind::Topic,
            Some("channel_archive" | "group_archive" | "channel_unarchive" | "group_unarchive") => Kind::Archiving,
            Some(_) | None => Kind::Said,
        }
    }

    /// Sets it apart from what has its timestamp, by who said what: whatever else an export has makes no difference.
    pub(super) fn be_set_apart(&mut self) {
        let said = [self.sender().unwrap_or_default(), self.text.as_deref().unwrap_or_default()];
        self.apart = Some(hex::encode(&Sha256::digest(said.join("\n"))[..8]));
    }

    /// Calls it as another, which it is too.
    pub(super) fn be_called_as(&mut self, other: &Self) {
        self.apart.clone_from(&other.apart);
    }

    /// What it is called in its channel: its timestamp, if that is its alone.
    pub(super) fn name(&self) -> String {
        match &self.apart {
            None => self.ts.clone(),
            Some(apart) => format!("{}/{apart}", self.ts),
        }
    }

    /// Whether both are one message, as it was at two times: before and after an edit, or with less and more reactions.
    pub(super) fn is_the_same_message_as(&self, other: &Self) -> bool {
        let is_edited = self.edited.is_some() || other.edited.is_some();
        self.ts == other.ts
            && self.kind() == other.kind()
            && self.sender() == other.sender()
            && (self.text == other.text || is_edited)
    }

    /// Whether it is as it was no earlier than another, which it is too and which was read before it.
    pub(super) fn is_later_than(&self, other: &Self) -> bool {
        self.edited_at() >= other.edited_at()
    }

    /// Whether it is another's double.
    pub(super) fn says_the_same_as(&self, other: &Self) -> bool {
        self.ts == other.ts
            && self.user == other.user
            && self.subtype == other.subtype
            && self.text == other.text
            && self.thread_ts == other.thread_ts
            && self.edited == other.edited
            && self.rest == other.rest
    }

    /// Slack's id of who posted it: of what speaks of a file, who commented.
    pub(super) fn sender(&self) -> Option<&str> {
        self.senders().find(|id| is_id(id))
    }

    fn senders(&self) -> impl Iterator<Item = &str> {
        let inner = |name: &str| self.rest.get(name)?.get("user")?.as_str();
        [self.user.as_deref(), inner("comment"), inner("file"), self.bot()].into_iter().flatten()
    }

    fn bot(&self) -> Option<&str> {
        self.rest.get("bot_id").and_then(Value::as_str)
    }

    /// What whoever posted it was shown as, if it says so.
    pub(super) fn sender_name(&self) -> Option<&str> {
        let sender = self.sender();
        if sender != self.user.as_deref() && sender != self.bot() {
            return None;
        }
        let text = |field: &str| self.rest.get(field).and_then(Value::as_str);
        let of = |field: &str, name: &str| self.rest.get(field)?.get(name)?.as_str();
        // In old exports a username may be markup that names somebody.
        let names = [
            text("username").filter(|name| !name.starts_with('<')),
            of("bot_profile", "name"),
            of("user_profile", "display_name"),
            of("user_profile", "real_name"),
        ];
        names.into_iter().flatten().find(|name| !name.trim().is_empty())
    }

    /// Whom else it names by Slack's ids: who reacted to it, and whose files it shares.
    pub(super) fn others(&self) -> impl Iterator<Item = String> {
        let reacted = Reactions::of(self.rest.get("reactions")).told.into_iter().map(|(user, _)| user);
        reacted.chain(self.shared().into_iter().filter_map(|file| file.owner().map(str::to_owned)))
    }

    /// The timestamp of the message that it answers.
    pub(super) fn answers(&self) -> Option<&str> {
        self.thread_ts.as_deref().filter(|parent| *parent != self.ts && moment(parent).is_some())
    }

    fn edited_at(&self) -> Option<OffsetDateTime> {
        moment(self.edited.as_ref()?.get("ts")?.as_str()?)
    }

    fn shared(&self) -> Vec<Shared<'_>> {
        Shared::all(self.subtype.as_deref(), &self.rest)
    }

    /// Whether it is pinned, and by whom, if it says so itself.
    pub(super) fn pin(&self) -> Option<Pin> {
        Pin::of_message(&self.name(), self.rest.get("pinned_info")?)
    }

    /// What the channel is called since, if it says so and that can be a name.
    pub(super) fn new_name(&self, people: &HashMap<String, String>) -> Option<String> {
        self.title("name", people).filter(|_| self.kind() == Kind::Renamed)
    }

    /// What the channel was called before, if it says so and that can be a name.
    pub(super) fn old_name(&self, people: &HashMap<String, String>) -> Option<String> {
        self.title("old_name", people)
    }

    /// The channel's topic since, if it tells of that.
    pub(super) fn topic(&self, people: &HashMap<String, String>) -> Option<String> {
        self.is_of(&["channel_topic", "group_topic"]).then(|| self.field("topic", people))
    }

    /// The channel's purpose since, if it tells of that.
    pub(super) fn purpose(&self, people: &HashMap<String, String>) -> Option<String> {
        self.is_of(&["channel_purpose", "group_purpose"]).then(|| self.field("purpose", people))
    }

    fn is_of(&self, subtypes: &[&str]) -> bool {
        self.subtype.as_deref().is_some_and(|subtype| subtypes.contains(&subtype))
    }

    fn title(&self, field: &str, people: &HashMap<String, String>) -> Option<String> {
        Some(name(&self.field(field, people), ROOM_NAME_MAX)).filter(|title| !title.is_empty())
    }

    /// What a field says, as people read it.
    fn field(&self, name: &str, people: &HashMap<String, String>) -> String {
        format::plain(self.rest.get(name).and_then(Value::as_str).unwrap_or_default(), people).0
    }

    /// The facts it tells, in order: a change of the channel, of whose topics it takes what it tells, or a message.
    pub(super) fn facts(
        &self,
        place: &Place,
        channel: &str,
        topics: &mut Topics,
        workspace: &Workspace<'_>,
        faults: &mut Faults,
    ) -> Vec<Dated> {
        let (Some(at), Some(sender)) = (self.at(), self.sender()) else { return vec![] };
        let (room, by) = (room(channel), Some(user(sender)));
        let dated = |fact, kind: &str| {
            vec![Dated { at, origin: origin(&format!("{channel}/{}/{kind}", self.name()), None), fact }]
        };
        let plain = |text: &str| format::plain(text, &workspace.people);
        match self.kind() {
            Kind::Joined => dated(Fact::Joined { room, user: user(sender), founding: false }, "join"),
            Kind::Left => dated(Fact::Left { room, user: user(sender) }, "leave"),
            Kind::Renamed => {
                let Some(name) = self.new_name(&workspace.people) else {
                    faults.mend(place, "the channel's new `name` is none");
                    return vec![];
                };
                dated(Fact::RoomRenamed { room, name, by }, "name")
            }
            Kind::Topic => match topics.change(self, &workspace.people) {
                Some(topic) => dated(Fact::TopicChanged { room, topic: topic.to_owned(), by }, "topic"),
                None => vec![],
            },
            Kind::Archiving if self.is_of(&["channel_unarchive", "group_unarchive"]) => {
                dated(Fact::Unarchived { room, by }, "unarchive")
            }
            Kind::Archiving => dated(Fact::Archived { room, by }, "archive"),
            Kind::Said => {
                let shared = self.shared();
                let mut facts = Vec::with_capacity(shared.len() + 1);
                for file in &shared {
                    let bytes = workspace.folder.and_then(|folder| file.bytes(folder, faults));
                    facts.push(file.fact(room, sender, at, bytes));
                }
                let said = plain(&self.words());
                self.tell_oddities(&said.0, place, faults);
                facts.extend(self.message(channel, sender, at, said, &shared));
                facts
            }
        }
    }

    /// Tells what of it is made do with.
    fn tell_oddities(&self, text: &str, place: &Place, faults: &mut Faults) {
        let length = text.chars().count();
        if length > IMPORTED_MESSAGE_MAX {
            faults.mend(place, format!("its text of {length} characters is cut after {IMPORTED_MESSAGE_MAX}"));
        }
        if let Some(parent) = self.thread_ts.as_deref().filter(|parent| moment(parent).is_none()) {
            faults.mend(place, format!("its `thread_ts` is no time: {}", shown(parent)));
        }
        if self.edited.is_some() && self.edited_at().is_none() {
            faults.mend(place, "when it was `edited` is no time");
        }
        let unknown = Reactions::of(self.rest.get("reactions")).unknown;
        if unknown > 0 {
            faults.mend(place, format!("{unknown} of its reactions are of nobody with an id, and are left out"));
        }
        for odd in Shared::oddities(self.subtype.as_deref(), &self.rest) {
            faults.mend(place, odd);
        }
    }

    /// What was said: of a file, the comment on it, or else the one that came with it, or the file's title.
    fn words(&self) -> String {
        let file = self.rest.get("file");
        // First: a later comment repeats the file with what came with it, which somebody else may have said.
        let comment = self.rest.get("comment").or_else(|| file.and_then(|file| file.get("initial_comment")));
        let comment = comment.and_then(|comment| comment.get("comment")).and_then(Value::as_str);
        let name = |field: &str| file.and_then(|file| file.get(field)).and_then(Value::as_str);
        match self.subtype.as_deref() {
            Some("file_share" | "file_comment") => {
                comment.or_else(|| name("title")).or_else(|| name("name")).unwrap_or(self.text()).to_owned()
            }
            Some(_) | None => self.text().to_owned(),
        }
    }

    fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    fn message(
        &self,
        channel: &str,
        sender: &str,
        at: OffsetDateTime,
        (text, names): (String, Names),
        shared: &[Shared<'_>],
    ) -> Vec<Dated> {
        let (id, room) = (message(channel, &self.name()), room(channel));
        let text = head(&text, IMPORTED_MESSAGE_MAX);
        let source_id = format!("{channel}/{}", self.name());
        let reactions = Reactions::of(self.rest.get("reactions"));
        let sent = Fact::Message {
            id,
            room,
            sender: user(sender),
            text: text.clone(),
            names: names.clone(),
            reply_to: self.answers().map(|parent| message(channel, parent)),
            files: shared.iter().map(Shared::id).collect(),
        };
        let mut facts =
            vec![Dated { at, origin: origin(&source_id, Some(self.untold(&reactions, shared))), fact: sent }];
        if let Some(edited) = self.edited_at() {
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
        rest.insert("text".to_owned(), self.text().into());
        if let Some(subtype) = &self.subtype {
            rest.insert("subtype".to_owned(), subtype.clone().into());
        }
        if let Some(edited) = self.edited.as_ref().filter(|_| self.edited_at().is_none()) {
            rest.insert("edited".to_owned(), edited.clone());
        }
        if let Some(parent) = self.thread_ts.as_ref().filter(|parent| moment(parent).is_none()) {
            rest.insert("thread_ts".to_owned(), parent.clone().into());
        }
        Value::Object(rest)
    }
}
