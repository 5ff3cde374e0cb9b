//! Rooms.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{in_group, matches, needs, what_happened};
use crate::model::permissions::{Permissions, defaults, place, written};
use crate::model::step::{RoomChanges, Version};
use crate::model::world::{Answer, Kind, Member, NAMES, Number, ROOT, Room, Who, World, dialog};

impl World {
    pub(super) fn creates_group(
        &mut self,
        by: Who,
        id: Number,
        name: Option<&str>,
        public: bool,
        with: &[Who],
        permissions: Option<&Permissions>,
    ) -> Answer {
        if name == Some("") || with.iter().any(|who| self.people[*who].erased) {
            return Err("invalid");
        }
        if self.rooms.contains_key(&id) {
            return Err("id-taken");
        }
        let permissions = permissions.cloned().unwrap_or_else(|| defaults(false));
        let members: Vec<Who> = std::iter::once(by).chain(with.iter().copied()).collect();
        let room = self.made(by, Kind::Group, permissions, &members);
        self.rooms.insert(id, Room { public, name: name.map(str::to_owned), owner: Some(by), pair: vec![], ..room });
        Ok(201)
    }

    pub(super) fn opens_dialog(&mut self, by: Who, with: Who, permissions: Option<&Permissions>) -> Answer {
        let id = dialog(by, with);
        if with == by || self.people[with].erased && !self.rooms.contains_key(&id) {
            return Err("invalid");
        }
        if self.blocks(with, by) {
            return Err("blocked");
        }
        if self.rooms.get(&id).is_some_and(|room| room.closed) {
            return Err("not-found");
        }
        if permissions.is_some_and(silences) {
            return Err("invalid");
        }
        if self.rooms.contains_key(&id) {
            return Ok(200);
        }
        let permissions = permissions.cloned().unwrap_or_else(|| defaults(true));
        let room = self.made(by, Kind::Dialog, permissions, &[by, with]);
        self.rooms.insert(id, room);
        Ok(201)
    }

    pub(super) fn opens_secret(&mut self, by: Who, id: Number, with: Who) -> Answer {
        if with == by || self.people[with].erased {
            return Err("invalid");
        }
        if self.blocks(with, by) {
            return Err("blocked");
        }
        if self.rooms.contains_key(&id) {
            return Err("id-taken");
        }
        let room = self.made(by, Kind::Secret, defaults(true), &[by, with]);
        self.rooms.insert(id, room);
        Ok(201)
    }

    /// Who is in it from the start, the maker first, and nobody twice.
    fn made(&self, by: Who, kind: Kind, permissions: Permissions, people: &[Who]) -> Room {
        let mut members = BTreeMap::new();
        for who in people {
            let place = members.len();
            let member = Member { since: self.tick, place, joined_at: self.now, ..Member::default() };
            members.entry(*who).or_insert(member);
        }
        Room {
            kind,
            public: false,
            name: None,
            topic: None,
            permissions,
            roles: BTreeMap::new(),
            former: BTreeSet::new(),
            owner: None,
            made_by: by,
            made_at: self.now,
            tick: self.tick,
            pair: people.to_vec(),
            archived: false,
            closed: false,
            retain_for: None,
            version: 1,
            changes: members.keys().map(|who| (*who, 1)).collect(),
            members,
            bans: BTreeMap::new(),
            read: BTreeMap::new(),
            notices: vec![],
        }
    }

    pub(super) fn updates_room(&mut self, by: Who, id: Number, changes: &RoomChanges, version: Version) -> Answer {
        let room = self.writable(by, id)?;
        let RoomChanges { name, topic, public, permissions, retain_for } = changes;
        let alone = name.is_none() && topic.is_none() && public.is_none() && permissions.is_none();
        if room.kind == Kind::Group || retain_for.is_none() || !alone {
            needs(room, by, "manage_room")?;
        }
        let given = permissions.iter().flat_map(|after| after - &room.permissions);
        if !room.holds_all(by, given) {
            return Err("outranked");
        }
        let of_two = room.kind != Kind::Group;
        if of_two && (name.is_some() || topic.is_some() || *public == Some(true)) || *name == Some("") {
            return Err("invalid");
        }
        if of_two && permissions.as_ref().is_some_and(silences) {
            return Err("invalid");
        }
        matches(version)?;
        let before = room.clone();
        if let Some(name) = name.filter(|name| before.name.as_deref() != Some(name)) {
            self.room_mut(id).name = Some(name.to_owned());
            self.tells_change(by, id, what_happened("room_renamed", json!({"name": name})));
        }
        if let Some(topic) = topic.filter(|topic| before.topic.as_deref().unwrap_or_default() != *topic) {
            self.room_mut(id).topic = Some(topic.to_owned()).filter(|topic| !topic.is_empty());
            self.tells_change(by, id, what_happened("room_topic_changed", json!({"topic": topic})));
        }
        if let Some(public) = public.filter(|public| before.public != *public) {
            self.room_mut(id).public = public;
            let visibility = if public { "public" } else { "private" };
            self.tells_change(by, id, what_happened("room_visibility_changed", json!({"visibility": visibility})));
        }
        if let Some(permissions) = permissions.as_ref().filter(|permissions| before.permissions != **permissions) {
            self.room_mut(id).permissions.clone_from(permissions);
            let permissions = json!({"permissions": written(permissions)});
            self.tells_change(by, id, what_happened("room_permissions_changed", permissions));
        }
        if let Some(retain_for) = retain_for.filter(|retain_for| before.retain_for != *retain_for) {
            self.room_mut(id).retain_for = retain_for;
            self.tells_change(by, id, what_happened("room_retention_changed", json!({"retain_for": retain_for})));
        }
        Ok(200)
    }

    pub(super) fn archives(&mut self, by: Who, id: Number, archive: bool) -> Answer {
        let room = self.inside(by, id)?;
        self.heard(by, room)?;
        needs(room, by, "manage_room")?;
        if room.archived != archive {
            self.room_mut(id).archived = archive;
            let kind = if archive { "room_archived" } else { "room_unarchived" };
            self.tells_change(by, id, what_happened(kind, json!({})));
        }
        Ok(204)
    }

    pub(super) fn closes(&mut self, by: Who, id: Number, version: Version) -> Answer {
        if by == ROOT {
            self.room(id).ok_or("not-found")?;
        } else if !self.inside(by, id)?.owns(by) {
            return Err("not-the-owner");
        }
        matches(version)?;
        self.room_mut(id).closed = true;
        Ok(204)
    }

    pub(super) fn transfers(&mut self, by: Who, id: Number, to: Who, version: Version) -> Answer {
        if by == ROOT && self.room(id).is_some_and(|room| self.nobody_has(room)) {
            in_group(self.room(id).ok_or("not-found")?, "groups-only")?;
        } else {
            in_group(self.inside(by, id)?, "groups-only")?;
            if !self.writable(by, id)?.owns(by) {
                return Err("not-the-owner");
            }
        }
        let room = self.room(id).ok_or("not-found")?;
        let before = room.owner;
        if !room.members.contains_key(&to) || !self.is_here(to) {
            return Err("invalid");
        }
        matches(version)?;
        if before != Some(to) {
            self.room_mut(id).owner = Some(to);
            let names = json!({"from": before.map(|before| NAMES[before]), "to": NAMES[to]});
            self.tells_change(by, id, what_happened("room_ownership_transferred", names));
        }
        Ok(204)
    }

    /// Whether nobody can act as its owner.
    fn nobody_has(&self, room: &Room) -> bool {
        room.owner.is_none_or(|owner| !self.is_here(owner) || !room.members.contains_key(&owner))
    }
}

/// Whether nobody speaks any more who has these permissions.
fn silences(permissions: &Permissions) -> bool {
    !permissions.contains(&place("send_messages"))
}
