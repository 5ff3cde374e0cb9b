//! What was posted, in its order, as facts.

use std::collections::{HashMap, VecDeque};
use std::io;

use domain::file::Told as Bytes;
use domain::id::{FileId, MessageId, RoomId, UserId, derived};
use domain::message::Names;
use domain::text::TOPIC_MAX;
use serde_json::json;
use time::OffsetDateTime;

use super::super::spool::{Key, Sorted};
use super::super::{Dated, Fact, Folder, cut};
use super::people::{People, PersonNumber};
use super::room::{RoomNumber, Rooms};
use super::said::{Said, Told};
use super::{SOURCE, moment, origin};

/// Facts in the order in which they happened.
pub(super) struct Teller<'a> {
    posts: Sorted,
    people: &'a People,
    rooms: &'a Rooms,
    /// Where bytes of files are looked for.
    folder: Option<&'a Folder>,
    /// What one record tells.
    ready: VecDeque<Dated>,
    /// Milliseconds since 1970 of the last record, and how many messages each posted where in that moment.
    now: i64,
    counted: HashMap<(RoomNumber, PersonNumber), u32>,
    /// Posts, by their line, that were not their author's first in their moment: answers find them here.
    tied: HashMap<u64, MessageId>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(posts: Sorted, people: &'a People, rooms: &'a Rooms, folder: Option<&'a Folder>) -> Self {
        let (ready, counted, tied) = (VecDeque::new(), HashMap::new(), HashMap::new());
        Self { posts, people, rooms, folder, ready, now: i64::MIN, counted, tied }
    }

    fn tell(&mut self, (millis, line, place): Key, told: Told) -> io::Result<()> {
        let at = moment(millis).ok_or_else(|| io::Error::other("a time that was one is none"))?;
        if self.now != millis {
            self.now = millis;
            self.counted.clear();
        }
        match told {
            Told::Said(said) => self.said(*said, at, (millis, line, place)),
            Told::Came { room, person } => {
                let (room, user) = (self.rooms.id(room), self.people.id(person));
                let joined = Fact::Joined { room, user, founding: false };
                self.push(at, format!("{room}/{millis}/{user}/join"), joined);
            }
            Told::Left { room, person } => {
                let (room, user) = (self.rooms.id(room), self.people.id(person));
                self.push(at, format!("{room}/{millis}/{user}/leave"), Fact::Left { room, user });
            }
            Told::Header { room, person, header } => {
                let (room, by) = (self.rooms.id(room), Some(self.people.id(person)));
                let topic = cut(&header, TOPIC_MAX);
                self.push(at, format!("{room}/{millis}/topic"), Fact::TopicChanged { room, topic, by });
            }
            Told::Renamed { room, person, name } => {
                if let Some(name) = self.rooms.new_title(room, &name) {
                    let (room, by) = (self.rooms.id(room), Some(self.people.id(person)));
                    self.push(at, format!("{room}/{millis}/name"), Fact::RoomRenamed { room, name, by });
                }
            }
        }
        Ok(())
    }

    fn said(&mut self, said: Said, at: OffsetDateTime, (millis, line, place): Key) {
        let nth = self.counted.entry((said.room, said.person)).or_default();
        let (room, sender) = (self.rooms.id(said.room), self.people.id(said.person));
        let name = source_id(room, sender, millis, *nth);
        let id = message(&name);
        if *nth > 0 && place == 0 {
            self.tied.insert(line, id);
        }
        *nth += 1;
        let reply_to = said.answers.map(|to| {
            let first = || message(&source_id(room, self.people.id(to.person), to.at, 0));
            self.tied.get(&to.line).copied().unwrap_or_else(first)
        });
        let (text, names) = (said.text, self.names(said.mentions));
        let files = said.files.iter().enumerate();
        let files = files.map(|(nth, path)| self.file(format!("{name}/file/{nth}"), at, room, sender, path)).collect();
        let sent = Fact::Message { id, room, sender, text: text.clone(), names: names.clone(), reply_to, files };
        self.ready.push_back(Dated { at, origin: origin(name.clone(), said.rest), fact: sent });
        if let Some(edited) = said.edit_at.and_then(moment) {
            self.push(edited, format!("{name}/edited"), Fact::Edited { id, room, text, names });
        }
        for reacted in said.reactions {
            let user = self.people.id(reacted.person);
            let at = moment(reacted.at).unwrap_or(at);
            self.push(at, format!("{name}/reaction/{user}"), Fact::Reacted { id, room, user, emoji: reacted.emoji });
        }
        if said.pinned {
            // Who pinned it and when, the export does not tell.
            self.push(at, format!("{name}/pin"), Fact::Pinned { id, room, user: sender });
        }
    }

    /// A file at a path, that goes with what `sender` says next.
    fn file(&mut self, source_id: String, at: OffsetDateTime, room: RoomId, sender: UserId, path: &str) -> FileId {
        let id = FileId(derived(SOURCE, &format!("file/{source_id}")));
        let filename = path.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
        let told = Bytes { size: 0, media_type: String::new() };
        let bytes = self.folder.and_then(|folder| folder.at(path));
        let fact = Fact::File { id, room, owner: sender, filename, told, bytes };
        self.ready.push_back(Dated { at, origin: origin(source_id, Some(json!({"path": path}))), fact });
        id
    }

    fn names(&self, mentions: Vec<(String, PersonNumber)>) -> Names {
        mentions.into_iter().map(|(name, person)| (name, self.people.id(person))).collect()
    }

    fn push(&mut self, at: OffsetDateTime, source_id: String, fact: Fact) {
        self.ready.push_back(Dated { at, origin: origin(source_id, None), fact });
    }
}

impl Iterator for Teller<'_> {
    type Item = io::Result<Dated>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(fact) = self.ready.pop_front() {
                return Some(Ok(fact));
            }
            let told = self.posts.next()?.and_then(|(key, record)| {
                let told = serde_json::from_slice(&record).map_err(io::Error::other)?;
                self.tell(key, told)
            });
            if let Err(error) = told {
                return Some(Err(error));
            }
        }
    }
}

fn message(source_id: &str) -> MessageId {
    MessageId(derived(SOURCE, &format!("message/{source_id}")))
}

/// The name of what was posted in a room by somebody at a time; `nth` counts, from 0, what they posted in that moment.
fn source_id(room: RoomId, user: UserId, at: i64, nth: u32) -> String {
    match nth {
        0 => format!("{room}/{at}/{user}"),
        nth => format!("{room}/{at}/{user}/{nth}"),
    }
}
