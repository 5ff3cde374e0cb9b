//! What each act makes of the world, and how it is answered: the contract, written down plainly.

use std::collections::{BTreeMap, BTreeSet};

use super::{Act, Answer, PEOPLE, ROOMS};

/// A record of a file.
pub(super) struct File {
    owner: usize,
    deleted: bool,
    users: BTreeSet<usize>,
    /// The messages by which each room sees it; none is its owner's grant.
    rooms: BTreeMap<usize, BTreeSet<Option<usize>>>,
}

/// A message with files.
pub(super) struct Message {
    pub(super) room: usize,
    sender: usize,
    pub(super) files: Vec<usize>,
    deleted: bool,
}

/// Everything.
pub(super) struct World {
    pub(super) files: Vec<File>,
    pub(super) messages: Vec<Message>,
    members: [BTreeSet<usize>; ROOMS],
    /// Whether members may send files.
    allowed: [bool; ROOMS],
}

const NOT_FOUND: Answer = Err((404, "not-found"));
const FORBIDDEN: Answer = Err((403, "forbidden"));

impl Default for World {
    /// The first two people are in both rooms, the third in the second.
    fn default() -> Self {
        let members = [BTreeSet::from([0, 1]), BTreeSet::from([0, 1, 2])];
        Self { files: vec![], messages: vec![], members, allowed: [true; ROOMS] }
    }
}

impl World {
    /// The act with numbers of what is there; none if there is nothing to do it to.
    pub(super) fn asked(&self, act: Act) -> Option<Act> {
        let file = |number: usize| number.checked_rem(self.files.len());
        let message = |number: usize| number.checked_rem(self.messages.len());
        Some(match act {
            Act::Upload => act,
            Act::GrantUser { file: number, to } => Act::GrantUser { file: file(number)?, to: to % PEOPLE },
            Act::RevokeUser { file: number, from } => Act::RevokeUser { file: file(number)?, from: from % PEOPLE },
            Act::GrantRoom { file: number, room } => Act::GrantRoom { file: file(number)?, room: room % ROOMS },
            Act::RevokeRoom { file: number, room } => Act::RevokeRoom { file: file(number)?, room: room % ROOMS },
            Act::DeleteFile { file: number } => Act::DeleteFile { file: file(number)? },
            Act::Send { room, file: number } => Act::Send { room: room % ROOMS, file: file(number)? },
            Act::Forward { message: number, room } => Act::Forward { message: message(number)?, room: room % ROOMS },
            Act::DeleteMessage { message: number } => Act::DeleteMessage { message: message(number)? },
            // Owners stay.
            Act::Turn { room, who } => Act::Turn { room: room % ROOMS, who: 2 + who % (PEOPLE - 2) },
            Act::Forbid { room } => Act::Forbid { room: room % ROOMS },
        })
    }

    /// Who does it: of two lots of people the second stands for the file's owner, and rooms are their owners' to change.
    pub(super) fn actor(&self, by: usize, act: Act) -> usize {
        match act {
            Act::Turn { room, .. } | Act::Forbid { room } => room,
            Act::GrantUser { file, .. }
            | Act::RevokeUser { file, .. }
            | Act::GrantRoom { file, .. }
            | Act::RevokeRoom { file, .. }
            | Act::DeleteFile { file }
            | Act::Send { file, .. }
                if by >= PEOPLE =>
            {
                self.files[file].owner
            }
            Act::GrantUser { .. }
            | Act::RevokeUser { .. }
            | Act::GrantRoom { .. }
            | Act::RevokeRoom { .. }
            | Act::DeleteFile { .. }
            | Act::Send { .. }
            | Act::Upload
            | Act::Forward { .. }
            | Act::DeleteMessage { .. } => by % PEOPLE,
        }
    }

    pub(super) fn is_in(&self, who: usize, room: usize) -> bool {
        self.members[room].contains(&who)
    }

    /// Whether members may send files to a room.
    pub(super) fn allows(&self, room: usize) -> bool {
        self.allowed[room]
    }

    pub(super) fn sees(&self, who: usize, file: usize) -> bool {
        let file = &self.files[file];
        let in_a_room = file.rooms.keys().any(|room| self.is_in(who, *room));
        !file.deleted && (file.owner == who || file.users.contains(&who) || in_a_room)
    }

    /// Whether somebody may send files to a room that they are in: its owner in any case.
    fn may_send(&self, who: usize, room: usize) -> bool {
        self.allowed[room] || who == room
    }

    /// Refuses who does not own a file: who sees it may know that.
    fn owned(&mut self, by: usize, file: usize) -> Result<&mut File, (u16, &'static str)> {
        match (self.sees(by, file), self.files[file].owner == by) {
            (true, true) => Ok(&mut self.files[file]),
            (true, false) => Err((403, "not-the-owner")),
            (false, _) => Err((404, "not-found")),
        }
    }

    pub(super) fn take(&mut self, by: usize, act: Act) -> Answer {
        match act {
            Act::Upload => {
                self.files.push(File { owner: by, deleted: false, users: BTreeSet::new(), rooms: BTreeMap::new() });
                Ok(201)
            }
            Act::GrantUser { file, to } => {
                self.owned(by, file)?.users.insert(to);
                Ok(204)
            }
            Act::RevokeUser { file, from } => {
                self.owned(by, file)?.users.remove(&from);
                Ok(204)
            }
            Act::GrantRoom { file, room } => self.grants_room(by, file, room),
            Act::RevokeRoom { file, room } => {
                self.owned(by, file)?.rooms.remove(&room);
                Ok(204)
            }
            Act::DeleteFile { file } => {
                let file = self.owned(by, file)?;
                file.deleted = true;
                file.rooms.clear();
                Ok(204)
            }
            Act::Send { room, file } => self.sends(by, room, file),
            Act::Forward { message, room } => self.forwards(by, message, room),
            Act::DeleteMessage { message } => self.deletes_message(by, message),
            Act::Turn { room, who } => Ok(self.turns(room, who)),
            Act::Forbid { room } => {
                self.allowed[room] = !self.allowed[room];
                Ok(200)
            }
        }
    }

    fn grants_room(&mut self, by: usize, file: usize, room: usize) -> Answer {
        let (is_in, may) = (self.is_in(by, room), self.may_send(by, room));
        let file = self.owned(by, file)?;
        match () {
            () if !is_in => return NOT_FOUND,
            () if !may => return FORBIDDEN,
            () => file.rooms.entry(room).or_default().insert(None),
        };
        Ok(204)
    }

    fn sends(&mut self, by: usize, room: usize, file: usize) -> Answer {
        if !self.is_in(by, room) {
            return NOT_FOUND;
        }
        if !self.may_send(by, room) {
            return FORBIDDEN;
        }
        if self.files[file].deleted || self.files[file].owner != by {
            return Err((422, "invalid"));
        }
        let message = self.messages.len();
        self.files[file].rooms.entry(room).or_default().insert(Some(message));
        self.messages.push(Message { room, sender: by, files: vec![file], deleted: false });
        Ok(201)
    }

    /// Each file that the message's room still sees gets a record of its own.
    fn forwards(&mut self, by: usize, message: usize, room: usize) -> Answer {
        let said = &self.messages[message];
        if !self.is_in(by, said.room) || !self.is_in(by, room) {
            return NOT_FOUND;
        }
        if said.deleted {
            return Err((409, "message-deleted"));
        }
        let seen = |file: &&usize| self.files[**file].rooms.contains_key(&said.room);
        let copies = said.files.iter().filter(seen).count();
        if copies > 0 && !self.may_send(by, room) {
            return FORBIDDEN;
        }
        let (first, new) = (self.files.len(), self.messages.len());
        for _ in 0..copies {
            let rooms = BTreeMap::from([(room, BTreeSet::from([Some(new)]))]);
            self.files.push(File { owner: by, deleted: false, users: BTreeSet::new(), rooms });
        }
        self.messages.push(Message { room, sender: by, files: (first..first + copies).collect(), deleted: false });
        Ok(201)
    }

    /// What came with it, goes with it from its room.
    fn deletes_message(&mut self, by: usize, message: usize) -> Answer {
        let said = &self.messages[message];
        let room = said.room;
        if !self.is_in(by, room) {
            return NOT_FOUND;
        }
        if said.sender != by && by != room {
            return FORBIDDEN;
        }
        self.messages[message].deleted = true;
        for file in self.messages[message].files.clone() {
            if let Some(ways) = self.files[file].rooms.get_mut(&room) {
                ways.remove(&Some(message));
                if ways.is_empty() {
                    self.files[file].rooms.remove(&room);
                }
            }
        }
        Ok(204)
    }

    fn turns(&mut self, room: usize, who: usize) -> u16 {
        if self.members[room].remove(&who) {
            return 204;
        }
        self.members[room].insert(who);
        201
    }
}
