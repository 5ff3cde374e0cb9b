//! What each step makes of the world, and how it is answered: the contract, written down plainly.
//!
//! Of several reasons to refuse, what somebody may not know comes first, then the state, then what they lack, then the
//! value, then the version.

mod calls;
mod invites;
mod members;
mod messages;
mod moderation;
mod people;
mod reactions;
mod roles;
mod rooms;

use serde_json::{Value, json};

use super::step::{Act, Step, Version};
use super::world::{Answer, Kind, Notice, Number, Role, Room, Who, World};

impl World {
    /// Does what is asked, or not.
    pub(super) fn take(&mut self, step: &Step) {
        self.answers.clear();
        self.attended.clear();
        for act in step.act.each() {
            self.tick += 1;
            let answer = self.decide(step.by, act);
            self.answers.push(answer);
        }
        self.attends();
    }

    fn decide(&mut self, by: Who, act: &Act) -> Answer {
        if let Act::Wait { minutes } = act {
            self.now += minutes;
            return Ok(0);
        }
        if !self.is_here(by) {
            // Who erased their account may ask again, and is answered as before.
            let before = act.chosen().and_then(|id| self.made.get(&id)).filter(|(maker, _)| *maker == by);
            let before = before.filter(|_| self.people[by].erased);
            return match before {
                Some((_, made)) if made == act => Ok(201),
                Some(_) => Err("id-taken"),
                None => Err("not-signed-in"),
            };
        }
        match act {
            Act::CreateGroup { room, name, public, with, permissions } => self.once(by, *room, act, |world| {
                world.creates_group(by, *room, *name, *public, with, permissions.as_ref())
            }),
            Act::OpenDialog { with, permissions } => self.opens_dialog(by, *with, permissions.as_ref()),
            Act::OpenSecret { room, with } => self.once(by, *room, act, |world| world.opens_secret(by, *room, *with)),
            Act::UpdateRoom { room, changes, version } => self.updates_room(by, *room, changes, *version),
            Act::ArchiveRoom { room } => self.archives(by, *room, true),
            Act::UnarchiveRoom { room } => self.archives(by, *room, false),
            Act::CloseRoom { room, version } => self.closes(by, *room, *version),
            Act::TransferOwnership { room, to, version } => self.transfers(by, *room, *to, *version),
            Act::DefineRole { room, role, name, rank, allow, deny } => {
                let (name, allow, deny) = ((*name).to_owned(), allow.clone(), deny.clone());
                let new = Role { name, rank: *rank, allow, deny, version: 1 };
                self.once(by, *role, act, |world| world.defines_role(by, *room, *role, new))
            }
            Act::ChangeRole { room, role, changes, version } => self.changes_role(by, *room, *role, changes, *version),
            Act::DeleteRole { room, role, version } => self.deletes_role(by, *room, *role, *version),
            Act::JoinRoom { room } => self.joins(by, *room),
            Act::LeaveRoom { room } => self.leaves(by, *room),
            Act::AddMember { room, who, roles } => self.adds(by, *room, *who, roles.as_ref()),
            Act::RemoveMember { room, who } => self.removes(by, *room, *who),
            Act::BanMember { room, who, reason, until } => self.bans(by, *room, *who, *reason, *until),
            Act::UnbanMember { room, who } => self.unbans(by, *room, *who),
            Act::UpdateMembership { room, mute, until, keep } => {
                self.updates_membership(by, *room, *mute, *until, *keep)
            }
            Act::CreateInvite { room, invite, max_uses, until } => self.invites(by, *room, *invite, *max_uses, *until),
            Act::RevokeInvite { room, invite } => self.revokes(by, *room, *invite),
            Act::AcceptInvite { invite } => self.accepts(by, *invite),
            Act::SendMessage { room, message, text, reply_to } => {
                self.once(by, *message, act, |world| world.sends(by, *room, *message, text, *reply_to))
            }
            Act::EditMessage { room, message, text, version } => self.edits(by, *room, *message, text, *version),
            Act::DeleteMessage { room, message, version } => self.deletes(by, *room, *message, *version),
            Act::ForwardMessage { room, message, to, copy } => {
                self.once(by, *copy, act, |world| world.forwards(by, *room, *message, *to, *copy))
            }
            Act::AddReaction { room, message, emoji } => self.reacts(by, *room, *message, emoji),
            Act::RemoveReaction { room, message, emoji } => self.takes_back(by, *room, *message, emoji),
            Act::PinMessage { room, message } => self.pins(by, *room, *message, true),
            Act::UnpinMessage { room, message } => self.pins(by, *room, *message, false),
            Act::MarkRead { room, message } => self.reads(by, *room, *message),
            Act::StartCall { room, call, media } => {
                self.once(by, *call, act, |world| world.starts_call(by, *room, *call, media))
            }
            Act::JoinCall { call } => self.joins_call(by, *call),
            Act::LeaveCall { call } | Act::DeclineCall { call } => self.leaves_call(by, *call),
            Act::EndCall { call } => self.ends_call(by, *call),
            Act::BlockUser { who } => self.blocks_user(by, *who),
            Act::UnblockUser { who } => self.unblocks(by, *who),
            Act::SuspendUser { who } => self.suspends(*who, true),
            Act::ReinstateUser { who } => self.suspends(*who, false),
            Act::EraseUser => self.erases(by),
            Act::Wait { .. } | Act::Several(_) => unreachable!("nobody asks for it as such"),
        }
    }

    /// Makes something under a chosen id: the same again gets the first answer.
    fn once(&mut self, by: Who, id: Number, act: &Act, make: impl FnOnce(&mut Self) -> Answer) -> Answer {
        if self.made.get(&id) == Some(&(by, act.clone())) {
            return Ok(201);
        }
        // One's own id for something else is refused before that is looked at.
        if self.made.get(&id).is_some_and(|(maker, _)| *maker == by) {
            return Err("id-taken");
        }
        let answer = make(self)?;
        self.made.insert(id, (by, act.clone()));
        Ok(answer)
    }

    /// A room, for a member.
    fn inside(&self, by: Who, room: Number) -> Result<&Room, &'static str> {
        let room = self.room(room).ok_or("not-found")?;
        match (room.members.contains_key(&by), room.public) {
            (true, _) => Ok(room),
            (false, true) => Err("not-a-member"),
            (false, false) => Err("not-found"),
        }
    }

    /// A room that can be written in, for a member.
    fn writable(&self, by: Who, id: Number) -> Result<&Room, &'static str> {
        let room = self.inside(by, id)?;
        if room.archived {
            return Err("archived");
        }
        self.heard(by, room)?;
        Ok(room)
    }

    /// Refuses whom the other of two has blocked.
    fn heard(&self, by: Who, room: &Room) -> Result<(), &'static str> {
        let blocked = room.other(by).is_some_and(|other| self.blocks(other, by));
        if blocked { Err("blocked") } else { Ok(()) }
    }

    fn room_mut(&mut self, room: Number) -> &mut Room {
        self.rooms.get_mut(&room).expect("it was just looked at")
    }

    /// Something of the room itself becomes different, and is told in it.
    fn tells_change(&mut self, by: Who, room: Number, event: Value) {
        self.room_mut(room).version += 1;
        self.tells(by, room, "event", event);
    }

    fn tells(&mut self, by: Who, room: Number, kind: &'static str, event: Value) {
        let (at, tick) = (self.now, self.tick);
        self.room_mut(room).notices.push(Notice { kind, by, event, at, tick });
    }
}

/// Refuses who lacks a permission.
fn needs(room: &Room, by: Who, permission: &str) -> Result<(), &'static str> {
    if room.may(by, permission) { Ok(()) } else { Err("forbidden") }
}

/// Refuses everyone in a room of two.
fn in_group(room: &Room, otherwise: &'static str) -> Result<(), &'static str> {
    if room.kind == Kind::Group { Ok(()) } else { Err(otherwise) }
}

/// Refuses another version than the thing has.
fn matches(version: Version) -> Result<(), &'static str> {
    match version {
        Version::Any | Version::Current => Ok(()),
        Version::Other => Err("version-mismatch"),
    }
}

fn what_happened(kind: &str, more: Value) -> Value {
    let mut event = more;
    event["type"] = json!(kind);
    event
}
