//! A channel of an export: a public room, and what happened in it in the order in which it happened.

mod changes;

use std::collections::HashSet;
use std::path::Path;

use domain::room::Visibility;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::super::{Dated, Fact, Faults, ImportError, Place, Shape, name};
use super::list::{Placed, is_id, list, shown};
use super::message::{Kind, Posted};
use super::pin::{self, Pin};
use super::topic::Topics;
use super::{Workspace, days, message, moment, origin, room, user};

/// A channel as `channels.json` tells.
#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    id: String,
    name: String,
    #[serde(default)]
    created: Value,
    #[serde(default)]
    is_archived: Option<bool>,
    /// Slack's ids of people.
    #[serde(default)]
    members: Value,
    #[serde(default)]
    topic: Value,
    #[serde(default)]
    purpose: Value,
    /// Messages that are pinned, as the source tells.
    #[serde(default)]
    pins: Value,
}

/// The channels that `channels.json` tells of, each with a folder of its own.
pub(super) fn channels(path: &Path, faults: &mut Faults) -> Result<Vec<Placed<Channel>>, ImportError> {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    let lacks = |channel: &Channel| match () {
        () if !is_id(&channel.id) => Some(format!("its `id` is no id: {}", shown(&channel.id))),
        () if !days::is_folder_name(&channel.name) => {
            Some(format!("its `name` names no folder of the export: {}", shown(&channel.name)))
        }
        () if !ids.insert(channel.id.clone()) => Some("a channel before it has its `id`".to_owned()),
        () if !names.insert(channel.name.clone()) => Some("a channel before it has its `name`".to_owned()),
        () => None,
    };
    Ok(list(path, lacks, faults)?)
}

impl Channel {
    /// Its making, and what happened in it.
    pub(super) fn read(
        &self,
        place: &Place,
        export: &Path,
        workspace: &mut Workspace<'_>,
        faults: &mut Faults,
    ) -> (Dated, Vec<Dated>) {
        let posted = days::posted(&export.join(&self.name), faults);
        let first = posted.first().and_then(|posted| posted.item.at());
        let created = self.created().or(first).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let created = first.map_or(created, |first| created.min(first));
        let pins = self.pins(&posted);
        self.know_all(&posted, &pins, workspace, created);
        let room = room(&self.id);
        let today = Topics::today(&self.topic, &self.purpose, &workspace.people);
        let mut topics = today.clone().before(&posted, &workspace.people);
        let topic = Some(topics.shown().to_owned()).filter(|topic| !topic.is_empty());
        let mut told = vec![];
        for posted in &posted {
            told.extend(posted.item.facts(&posted.place, &self.id, &mut topics, workspace, faults));
        }
        let mut facts = self.with_memberships(told, created);
        self.add_pins(&mut facts, &pins);
        let last = facts.last().map_or(created, |dated| dated.at);
        let endings = self.endings(&facts, (topics.shown(), today.shown()), last);
        facts.extend(endings);
        let name = self.first_name(&posted, &workspace.people);
        let shape = Shape::Group { name, visibility: Visibility::Public, owner: None };
        let mut making = self.dated(created, "created", Fact::RoomCreated { room, shape, topic });
        making.origin.rest = self.untold(&today);
        self.tell_oddities(&posted, place, faults);
        (making, facts)
    }

    /// What its folder is called.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Makes sure that everybody it names has an account: whoever wrote first, since messages say what they are called.
    fn know_all(
        &self,
        posted: &[Placed<Posted>],
        pins: &[Pin],
        workspace: &mut Workspace<'_>,
        created: OffsetDateTime,
    ) {
        for Placed { item, .. } in posted {
            item.sender().into_iter().for_each(|id| workspace.know(id, item.sender_name(), created));
        }
        posted.iter().flat_map(|posted| posted.item.others()).for_each(|id| workspace.know(&id, None, created));
        for pin in pins {
            workspace.know(&pin.user, None, created);
        }
        self.members().for_each(|member| workspace.know(member, None, created));
    }

    /// Tells what of it is made do with.
    fn tell_oddities(&self, posted: &[Placed<Posted>], place: &Place, faults: &mut Faults) {
        if !self.created.is_null() && self.created().is_none() {
            faults.mend(place, "its `created` is no time");
        }
        let listed = self.members.as_array().map_or(usize::from(!self.members.is_null()), Vec::len);
        let unknown = listed - self.members().count();
        if unknown > 0 {
            faults.mend(place, format!("{unknown} of its `members` have no id, and are left out"));
        }
        let untold = |pin: &&Value| pin.get("id").is_some_and(is_timestamp) && Pin::listed(pin).is_none();
        let untold = self.listed_pins().filter(untold).count();
        if untold > 0 {
            faults.mend(place, format!("{untold} of its `pins` do not say by whom and when, and are left out"));
        }
        let said = posted.iter().map(|posted| &posted.item).filter(|posted| posted.kind() == Kind::Said);
        let there = said.clone().map(Posted::timestamp).collect::<HashSet<_>>();
        let dangling = said.filter_map(Posted::answers).filter(|parent| !there.contains(parent)).count();
        if dangling > 0 {
            faults.mend(place, format!("{dangling} replies in it are to messages that the export does not have"));
        }
    }

    /// Slack's ids of whom it lists as members.
    fn members(&self) -> impl Iterator<Item = &str> {
        self.members.as_array().into_iter().flatten().filter_map(Value::as_str).filter(|id| is_id(id))
    }

    fn listed_pins(&self) -> impl Iterator<Item = &Value> {
        self.pins.as_array().into_iter().flatten()
    }

    /// What there is no fact for: pins of what is no message, and a purpose under a topic.
    fn untold(&self, today: &Topics) -> Option<Value> {
        let mut untold = Map::new();
        let pins = self.listed_pins().filter(|pin| Pin::listed(pin).is_none()).collect::<Vec<_>>();
        if !pins.is_empty() {
            untold.insert("pins".to_owned(), json!(pins));
        }
        if let Some(purpose) = today.hidden() {
            untold.insert("purpose".to_owned(), json!(purpose));
        }
        (!untold.is_empty()).then_some(Value::Object(untold))
    }

    /// Adds what is not told but must have been: who wrote was there, and who is a member now has come. Where the list of
    /// members is empty, whoever came or wrote is one.
    fn with_memberships(&self, told: Vec<Dated>, created: OffsetDateTime) -> Vec<Dated> {
        let room = room(&self.id);
        let mut present = HashSet::new();
        let mut facts = Vec::with_capacity(told.len());
        let came = told.iter().filter_map(|dated| match dated.fact {
            Fact::Joined { user, .. } => Some(user),
            Fact::Registered { .. }
            | Fact::RoomCreated { .. }
            | Fact::RoomRenamed { .. }
            | Fact::TopicChanged { .. }
            | Fact::ModeratorsMade { .. }
            | Fact::MadeModerator { .. }
            | Fact::Left { .. }
            | Fact::Preferred { .. }
            | Fact::File { .. }
            | Fact::Message { .. }
            | Fact::Edited { .. }
            | Fact::Reacted { .. }
            | Fact::Pinned { .. }
            | Fact::Archived { .. }
            | Fact::Unarchived { .. } => None,
        });
        let came = came.collect::<HashSet<_>>();
        for member in self.members().map(|member| (member, user(member))).filter(|(_, id)| !came.contains(id)) {
            present.insert(member.1);
            let joined = Fact::Joined { room, user: member.1, founding: true };
            facts.push(self.dated(created, &format!("member/{}", member.0), joined));
        }
        for dated in told {
            match dated.fact {
                Fact::Joined { user, .. } if !present.insert(user) => continue,
                Fact::Left { user, .. } if !present.remove(&user) => continue,
                Fact::Message { sender, .. } if present.insert(sender) => {
                    let kind = format!("first/{}", dated.origin.source_id);
                    facts.push(self.dated(dated.at, &kind, Fact::Joined { room, user: sender, founding: true }));
                }
                Fact::Registered { .. }
                | Fact::RoomCreated { .. }
                | Fact::RoomRenamed { .. }
                | Fact::TopicChanged { .. }
                | Fact::ModeratorsMade { .. }
                | Fact::MadeModerator { .. }
                | Fact::Joined { .. }
                | Fact::Left { .. }
                | Fact::Preferred { .. }
                | Fact::File { .. }
                | Fact::Message { .. }
                | Fact::Edited { .. }
                | Fact::Reacted { .. }
                | Fact::Pinned { .. }
                | Fact::Archived { .. }
                | Fact::Unarchived { .. } => {}
            }
            facts.push(dated);
        }
        let last = facts.last().map_or(created, |dated| dated.at);
        let members = self.members().map(user).collect::<HashSet<_>>();
        if !members.is_empty() {
            let mut gone = present.difference(&members).copied().collect::<Vec<_>>();
            gone.sort();
            facts.extend(
                gone.into_iter().map(|user| self.dated(last, &format!("gone/{user}"), Fact::Left { room, user })),
            );
            let mut back = members.difference(&present).copied().collect::<Vec<_>>();
            back.sort();
            facts.extend(
                back.into_iter()
                    .map(|user| (user, Fact::Joined { room, user, founding: true }))
                    .map(|(user, joined)| self.dated(last, &format!("back/{user}"), joined)),
            );
        }
        facts
    }

    /// Pins of messages that are in the export, each once.
    fn pins(&self, posted: &[Placed<Posted>]) -> Vec<Pin> {
        let there = posted.iter().map(|posted| posted.item.name()).collect::<HashSet<_>>();
        let mut seen = HashSet::new();
        let told = posted.iter().filter_map(|posted| posted.item.pin());
        let pins = self.listed_pins().filter_map(Pin::listed).chain(told);
        pins.filter(|pin| there.contains(&pin.message) && seen.insert(pin.message.clone())).collect()
    }

    /// Tells of pins at their time.
    fn add_pins(&self, facts: &mut Vec<Dated>, pins: &[Pin]) {
        let room = room(&self.id);
        for pin in pins {
            let fact = Fact::Pinned { id: message(&self.id, &pin.message), room, user: user(&pin.user) };
            let place = facts.iter().rposition(|dated| dated.at <= pin.at).map_or(facts.len(), |last| last + 1);
            facts.insert(place, self.dated(pin.at, &format!("{}/pin", pin.message), fact));
        }
    }

    fn created(&self) -> Option<OffsetDateTime> {
        pin::seconds(&self.created)
    }

    fn dated(&self, at: OffsetDateTime, kind: &str, fact: Fact) -> Dated {
        Dated { at, origin: origin(&format!("{}/{kind}", self.id), None), fact }
    }
}

/// Whether a value is a timestamp, as messages have them for ids.
fn is_timestamp(value: &Value) -> bool {
    value.as_str().is_some_and(|id| id.contains('.') && moment(id).is_some())
}

impl Workspace<'_> {
    /// Makes an account for who is not in `users.json`: an integration, or somebody of another workspace. They are called as
    /// a message of theirs says, or else by their id.
    fn know(&mut self, id: &str, called: Option<&str>, at: OffsetDateTime) {
        if !self.people.contains_key(id) {
            let called = called.map(|called| name(called, domain::text::DISPLAY_NAME_MAX));
            let display_name = called.filter(|called| !called.is_empty()).unwrap_or_else(|| id.to_owned());
            self.people.insert(id.to_owned(), display_name.clone());
            let fact = Fact::Registered { user: user(id), email: None, display_name, active: true };
            self.strangers.insert(id.to_owned(), Dated { at, origin: origin(id, None), fact });
        }
    }
}
