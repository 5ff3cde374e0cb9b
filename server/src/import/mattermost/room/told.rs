//! What is told of rooms before and after all that happened in them.

use domain::id::{RoleId, derived};
use domain::room::Visibility;
use domain::text::{ROOM_NAME_MAX, TOPIC_MAX};
use serde_json::json;
use time::OffsetDateTime;

use super::super::super::{Dated, Fact, Shape, cut, name};
use super::super::people::{self, People, PersonNumber};
use super::super::{SOURCE, moment, origin};
use super::{Kind, Room, RoomNumber, Rooms};

impl Rooms {
    /// That they were made, and who was in them before anybody came or left.
    pub(in super::super) fn made(&self, people: &People, began: OffsetDateTime) -> impl Iterator<Item = Dated> {
        let rooms = self.list.iter().map(move |room| self.created(room, people, began));
        // Whoever is in it now without having come, and whoever left first.
        let silent = self.members.keys().filter(|member| !self.moves.contains_key(member));
        let left = self.moves.iter().filter(|(_, moves)| !moves.first.1).map(|(member, _)| member);
        rooms.chain(silent.chain(left).map(move |(room, person)| {
            let (at, room, user) = (self.at(*room, began), self.id(*room), people.id(*person));
            dated(at, format!("{room}/member/{user}"), Fact::Joined { room, user, founding: true })
        }))
    }

    /// What the export says of today.
    pub(in super::super) fn endings(&self, people: &People, began: OffsetDateTime) -> impl Iterator<Item = Dated> {
        let strayed = self.moves.iter().filter_map(move |((number, person), moves)| {
            let (at, came) = moves.last;
            let (at, room, user) = (moment(at).unwrap_or(began), self.id(*number), people.id(*person));
            match (self.members.contains_key(&(*number, *person)), came) {
                (true, false) => {
                    Some(dated(at, format!("{room}/back/{user}"), Fact::Joined { room, user, founding: true }))
                }
                (false, true) => Some(dated(at, format!("{room}/gone/{user}"), Fact::Left { room, user })),
                (true, true) | (false, false) => None,
            }
        });
        let rooms = (0..).zip(&self.list);
        let of_rooms = rooms.flat_map(move |(number, room)| self.endings_of(number, room, people, began));
        strayed.chain(of_rooms)
    }

    fn created(&self, room: &Room, people: &People, began: OffsetDateTime) -> Dated {
        let (shape, topic, rest) = match &room.kind {
            Kind::Channel { team, name: called, public, header, purpose, .. } => {
                let called = room.names.before.as_ref().map_or(called, |(_, before)| before);
                let visibility = if *public { Visibility::Public } else { Visibility::Private };
                let owner = room.admins.first().map(|admin| people.id(*admin));
                let header = room.headers.before.as_ref().map_or(header, |(_, before)| before);
                let topic = if header.trim().is_empty() { purpose } else { header };
                let shape = Shape::Group { name: self.title(team, called), visibility, owner };
                (shape, topic, json!({"header": header, "purpose": purpose}))
            }
            Kind::Direct { members, header } => {
                let shape = match **members {
                    [one, other] => Shape::Dialog([people.id(one), people.id(other)]),
                    _ => Shape::Group { name: called(members.len()), visibility: Visibility::Private, owner: None },
                };
                let header = room.headers.before.as_ref().map_or(header, |(_, before)| before);
                (shape, header, json!({"header": header}))
            }
        };
        let topic = Some(cut(topic, TOPIC_MAX)).filter(|topic| !topic.is_empty());
        let rest = Some(people::told(rest)).filter(|rest| rest.as_object().is_some_and(|fields| !fields.is_empty()));
        let at = room.oldest.and_then(moment).unwrap_or(began);
        let fact = Fact::RoomCreated { room: room.id, shape, topic };
        Dated { at, origin: origin(format!("{}/created", room.id), rest), fact }
    }

    fn endings_of(&self, number: RoomNumber, room: &Room, people: &People, began: OffsetDateTime) -> Vec<Dated> {
        let (mut facts, id, made) = (vec![], room.id, self.at(number, began));
        let last = |changed: &Option<(i64, String)>| changed.as_ref().and_then(|(at, _)| moment(*at)).unwrap_or(made);
        let mut archived = None;
        if let Kind::Channel { team, name, header, deleted_at, .. } = &room.kind {
            if room.names.after.as_ref().is_some_and(|(_, after)| after != name) {
                let renamed = Fact::RoomRenamed { room: id, name: self.title(team, name), by: None };
                facts.push(dated(last(&room.names.after), format!("{id}/name"), renamed));
            }
            if room.headers.after.as_ref().is_some_and(|(_, after)| after != header) {
                let changed = Fact::TopicChanged { room: id, topic: cut(header, TOPIC_MAX), by: None };
                facts.push(dated(last(&room.headers.after), format!("{id}/topic"), changed));
            }
            archived = deleted_at.map(|at| moment(at).unwrap_or(made));
        }
        facts.extend(looked_after(room, people, made));
        let members = self.members.range((number, PersonNumber::MIN)..=(number, PersonNumber::MAX));
        for ((_, person), wishes) in members.filter(|(_, wishes)| wishes.muted || wishes.pinned) {
            let user = people.id(*person);
            let fact = Fact::Preferred { room: id, user, muted: wishes.muted, pinned: wishes.pinned };
            facts.push(dated(made, format!("{id}/preferred/{user}"), fact));
        }
        facts.extend(archived.map(|at| dated(at, format!("{id}/archived"), Fact::Archived { room: id, by: None })));
        facts
    }

    /// What a channel is called; where there are several teams, with its team.
    pub(in super::super) fn title(&self, team: &str, channel: &str) -> String {
        let title = match self.teams.get(team) {
            Some(called) if self.teams.len() > 1 => format!("{channel} ({called})"),
            Some(_) | None => channel.to_owned(),
        };
        Some(name(&title, ROOM_NAME_MAX)).filter(|title| !title.is_empty()).unwrap_or_else(|| "?".to_owned())
    }

    /// What a channel is called whose name changed; nothing of a room that has none.
    pub(in super::super) fn new_title(&self, room: RoomNumber, channel: &str) -> Option<String> {
        match &self.list[room as usize].kind {
            Kind::Channel { team, .. } => Some(self.title(team, channel)),
            Kind::Direct { .. } => None,
        }
    }

    fn at(&self, room: RoomNumber, began: OffsetDateTime) -> OffsetDateTime {
        self.list[room as usize].oldest.and_then(moment).unwrap_or(began)
    }
}

/// The first of those who look after a room owns it; the others have a role.
fn looked_after(room: &Room, people: &People, at: OffsetDateTime) -> Vec<Dated> {
    let [owner, others @ ..] = &*room.admins else { return vec![] };
    if others.is_empty() {
        return vec![];
    }
    let (id, owner) = (room.id, people.id(*owner));
    let role = RoleId(derived(SOURCE, &format!("role/{id}")));
    let made = dated(at, format!("{id}/role"), Fact::ModeratorsMade { room: id, owner, role });
    let given = others
        .iter()
        .map(|user| people.id(*user))
        .map(|user| dated(at, format!("{id}/role/{user}"), Fact::MadeModerator { room: id, owner, role, user }));
    [made].into_iter().chain(given).collect()
}

/// What a direct room of so many people is called: their names would stand there when they are erased.
fn called(members: usize) -> String {
    if members == 1 { "Notes".to_owned() } else { format!("Group message of {members}") }
}

fn dated(at: OffsetDateTime, source_id: String, fact: Fact) -> Dated {
    Dated { at, origin: origin(source_id, None), fact }
}
