//! A channel of an export: a public room, and what happened in it in the order in which it happened.

use std::collections::HashSet;
use std::path::Path;

use domain::room::Visibility;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::super::{Bad, Dated, Fact, ImportError, Shape, cut, entries, name};
use super::message::Posted;
use super::pin::{self, Pin};
use super::{Workspace, list, message, origin, room, user};

/// A channel as `channels.json` tells.
#[derive(Debug, Deserialize)]
pub(super) struct Channel {
    id: String,
    name: String,
    #[serde(default)]
    created: Value,
    #[serde(default)]
    is_archived: bool,
    #[serde(default)]
    members: Vec<String>,
    #[serde(default)]
    topic: Words,
    #[serde(default)]
    purpose: Words,
    /// Messages that are pinned, as the source tells.
    #[serde(default)]
    pins: Option<Vec<Value>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Words {
    value: String,
}

impl Channel {
    /// Its making, and what happened in it.
    pub(super) fn read(
        &self,
        folder: &Path,
        workspace: &mut Workspace<'_>,
        bad: &mut Vec<Bad>,
    ) -> Result<(Dated, Vec<Dated>), ImportError> {
        let posted = posted(&folder.join(&self.name), bad)?;
        let first = posted.first().and_then(Posted::at);
        let created = self.created().or(first).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let created = first.map_or(created, |first| created.min(first));
        let pins = self.pins(&posted);
        for posted in &posted {
            posted.sender().into_iter().for_each(|id| workspace.know(id, created));
            posted.others().for_each(|id| workspace.know(&id, created));
        }
        for pin in &pins {
            workspace.know(&pin.user, created);
        }
        for member in &self.members {
            workspace.know(member, created);
        }
        let room = room(&self.id);
        let mut told = vec![];
        for posted in &posted {
            told.extend(posted.facts(&self.id, room, workspace, bad));
        }
        let mut facts = self.with_memberships(told, created);
        self.add_pins(&mut facts, &pins);
        let last = facts.last().map_or(created, |dated| dated.at);
        if self.is_archived {
            facts.push(self.dated(last, "archived", Fact::Archived { room }));
        }
        let name = Some(name(&self.name, domain::text::ROOM_NAME_MAX)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| self.id.clone());
        let shape = Shape::Group { name, visibility: Visibility::Public, owner: None };
        let mut making =
            self.dated(created, "created", Fact::RoomCreated { room, shape, topic: self.first_topic(&facts) });
        let untold = self.pins.iter().flatten().filter(|pin| Pin::listed(pin).is_none()).collect::<Vec<_>>();
        making.origin.rest = (!untold.is_empty()).then(|| json!({"pins": untold}));
        Ok((making, facts))
    }

    /// The topic it had before the first change on record: today's, if there was none.
    fn first_topic(&self, facts: &[Dated]) -> Option<String> {
        let changed = facts.iter().any(|dated| matches!(dated.fact, Fact::TopicChanged { .. }));
        let words = [&self.topic.value, &self.purpose.value].into_iter().find(|words| !words.is_empty())?;
        (!changed).then(|| cut(words, domain::text::TOPIC_MAX))
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
            | Fact::Archived { .. } => None,
        });
        let came = came.collect::<HashSet<_>>();
        for member in self.members.iter().map(|member| (member, user(member))).filter(|(_, id)| !came.contains(id)) {
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
                | Fact::Archived { .. } => {}
            }
            facts.push(dated);
        }
        let last = facts.last().map_or(created, |dated| dated.at);
        let members = self.members.iter().map(|member| user(member)).collect::<HashSet<_>>();
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
    fn pins(&self, posted: &[Posted]) -> Vec<Pin> {
        let there = posted.iter().map(Posted::timestamp).collect::<HashSet<_>>();
        let mut seen = HashSet::new();
        let pins = self.pins.iter().flatten().filter_map(Pin::listed).chain(posted.iter().filter_map(Posted::pin));
        pins.filter(|pin| there.contains(&*pin.message) && seen.insert(pin.message.clone())).collect()
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

/// What was posted, in order; a channel of which nothing is left has no folder.
fn posted(folder: &Path, bad: &mut Vec<Bad>) -> Result<Vec<Posted>, ImportError> {
    let mut posted = Vec::new();
    if folder.is_dir() {
        for day in entries(folder)?.into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "json")) {
            match list(&day, Posted::lacks, bad) {
                Ok(mut messages) => posted.append(&mut messages),
                Err(ImportError::NotAnExport { path, why }) => bad.push(Bad { file: path, line: 1, why }),
                Err(error @ (ImportError::Unreadable { .. } | ImportError::Refused(..))) => return Err(error),
            }
        }
    }
    posted.sort_by(|one, other| one.at().cmp(&other.at()).then_with(|| one.timestamp().cmp(other.timestamp())));
    Ok(posted)
}

impl Workspace<'_> {
    /// Makes an account for who is not in `users.json`: an integration, or somebody of another workspace.
    fn know(&mut self, id: &str, at: OffsetDateTime) {
        if !self.people.contains_key(id) {
            let fact = Fact::Registered { user: user(id), email: None, display_name: id.to_owned(), active: true };
            self.people.insert(id.to_owned(), id.to_owned());
            self.strangers.insert(id.to_owned(), Dated { at, origin: origin(id, None), fact });
        }
    }
}
