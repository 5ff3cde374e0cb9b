//! Who is connected, and where they sit.

use std::collections::{HashMap, HashSet};

use tokio::sync::mpsc;
use uuid::Uuid;

use super::Delivery;
use super::whisper::State;
use crate::stream::seat::{Pair, Seat};

/// Who is connected, and where they sit: people by room, rooms by people.
#[derive(Default)]
pub(super) struct People {
    people: HashMap<Uuid, Person>,
    rooms: HashMap<Uuid, HashMap<Uuid, Seat>>,
}

#[derive(Default)]
struct Person {
    streams: Vec<(u64, mpsc::Sender<Delivery>)>,
    /// Streams of theirs that they look away from.
    away: HashSet<u64>,
    rooms: HashSet<Uuid>,
}

impl People {
    pub(super) fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    pub(super) fn is_here(&self, user: Uuid) -> bool {
        self.people.contains_key(&user)
    }

    /// Whether anybody who is connected sits in a room.
    pub(super) fn is_followed(&self, room: Uuid) -> bool {
        self.rooms.contains_key(&room)
    }

    pub(super) fn join(&mut self, user: Uuid, stream: u64, deliver: mpsc::Sender<Delivery>) {
        self.people.entry(user).or_default().streams.push((stream, deliver));
    }

    pub(super) fn leave(&mut self, user: Uuid, stream: u64) {
        let Some(person) = self.people.get_mut(&user) else { return };
        person.streams.retain(|(id, _)| *id != stream);
        person.away.remove(&stream);
        if !person.streams.is_empty() {
            return;
        }
        let rooms = self.people.remove(&user).map(|person| person.rooms).unwrap_or_default();
        for room in rooms {
            self.empty(room, user);
        }
    }

    pub(super) fn set_away(&mut self, user: Uuid, stream: u64, away: bool) {
        let Some(person) = self.people.get_mut(&user) else { return };
        if away {
            person.away.insert(stream);
        } else {
            person.away.remove(&stream);
        }
    }

    /// Whether somebody is there, as far as it is known here.
    pub(super) fn state(&self, user: Uuid) -> State {
        match self.people.get(&user) {
            Some(person) if person.away.len() < person.streams.len() => State::Online,
            Some(_) => State::Away,
            None => State::Offline,
        }
    }

    /// Somebody who is connected sits there, as they do now.
    pub(super) fn sit(&mut self, (room, user): Pair, seat: Seat) {
        if let Some(person) = self.people.get_mut(&user) {
            person.rooms.insert(room);
            self.rooms.entry(room).or_default().insert(user, seat);
        }
    }

    /// They do not sit there any more.
    pub(super) fn stand(&mut self, (room, user): Pair) {
        if let Some(person) = self.people.get_mut(&user) {
            person.rooms.remove(&room);
        }
        self.empty(room, user);
    }

    fn empty(&mut self, room: Uuid, user: Uuid) {
        if let Some(members) = self.rooms.get_mut(&room) {
            members.remove(&user);
            if members.is_empty() {
                self.rooms.remove(&room);
            }
        }
    }

    pub(super) fn seat(&self, (room, user): Pair) -> Option<Seat> {
        self.rooms.get(&room)?.get(&user).copied()
    }

    /// Who of those who are connected sits in a room.
    pub(super) fn members(&self, room: Uuid) -> impl Iterator<Item = (Uuid, Seat)> {
        self.rooms.get(&room).into_iter().flatten().map(|(user, seat)| (*user, *seat))
    }

    pub(super) fn everybody(&self) -> impl Iterator<Item = Uuid> {
        self.people.keys().copied()
    }

    /// The streams of somebody.
    pub(super) fn streams(&self, user: Uuid) -> &[(u64, mpsc::Sender<Delivery>)] {
        self.people.get(&user).map_or(&[], |person| &person.streams)
    }
}
