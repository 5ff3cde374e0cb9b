//! What a client knows, kept true by frames.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::Frame;

/// Readers of a message are counted up to here.
const MOST_READERS: i64 = 100;

/// A room as it was fetched, and as frames have changed it since.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoomState {
    /// It holds what happened up to this position.
    pub as_of: i64,
    /// The room itself, without what differs by who looks.
    pub room: Value,
    /// Its members, by id.
    pub members: BTreeMap<Uuid, Value>,
    /// Its messages, by position, without what differs by who looks.
    pub messages: BTreeMap<i64, Message>,
    /// Its calls, by id.
    pub calls: BTreeMap<Uuid, Value>,
    /// The invites to it that can be used, by code, for who may see them.
    pub invites: BTreeMap<String, Value>,
    /// The last step of each reader that was counted: one may be told again.
    read: BTreeMap<Uuid, i64>,
}

/// A message, and as of when it is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// As fetched or told.
    pub shown: Value,
    as_of: i64,
}

/// What a client knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Whose client it is.
    pub me: Uuid,
    /// Rooms that they are in.
    pub rooms: BTreeMap<Uuid, RoomState>,
    /// What the client stores for its user.
    pub settings: Value,
    /// What is theirs besides.
    pub own: Own,
}

/// What is somebody's own, as it was fetched, and as frames have changed it since.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Own {
    /// It holds what happened up to this position.
    pub as_of: i64,
    /// Their account, as they see it.
    pub account: Value,
    /// Whom they block, by id.
    pub blocks: BTreeMap<Uuid, Value>,
    /// Their sessions, by id, without which one it is that looks.
    pub sessions: BTreeMap<Uuid, Value>,
}

/// What is to be done after a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: the state is true.
    Nothing,
    /// A room is to be fetched, as of this position at least.
    FetchRoom(Uuid, i64),
    /// Everything is to be fetched, as of this position at least.
    FetchAll(i64),
}

impl State {
    /// Of somebody of whom nothing is fetched yet.
    pub fn of(me: Uuid) -> Self {
        Self { me, ..Self::default() }
    }

    /// Puts a room that was fetched in its place.
    pub fn fetched(&mut self, id: Uuid, as_of: i64, room: Value, members: Vec<Value>, messages: Vec<Value>) {
        let mut state = RoomState { as_of, room: for_nobody(room), ..RoomState::default() };
        for member in members {
            state.put_member(member);
        }
        for message in messages {
            state.put_message(message, as_of);
        }
        self.rooms.insert(id, state);
    }

    /// Puts a room's calls and invites, fetched with it, in their place.
    pub fn fetched_besides(&mut self, id: Uuid, calls: Vec<Value>, invites: Vec<Value>) {
        let Some(room) = self.rooms.get_mut(&id) else { return };
        for call in calls {
            room.put_call(call);
        }
        for invite in invites {
            room.put_invite(invite);
        }
    }

    /// Puts what is their own in its place.
    pub fn fetched_own(&mut self, as_of: i64, account: Value, blocks: Vec<Value>, sessions: Vec<Value>) {
        self.own = Own { as_of, account, ..Own::default() };
        for blocked in blocks {
            put(&mut self.own.blocks, "user_id", "blocked_at", blocked);
        }
        for session in sessions {
            put(&mut self.own.sessions, "id", "created_at", session);
        }
    }

    /// Takes what happened.
    pub fn apply(&mut self, frame: &Frame) -> Next {
        match frame.r#type.as_str() {
            "reset" => return Next::FetchAll(frame.position.unwrap_or_default()),
            "settings_updated" => self.settings = frame.data.clone(),
            "user_renamed" | "user_avatar_changed" => self.rename(frame),
            "user_email_changed"
            | "user_email_verified"
            | "user_role_granted"
            | "user_role_revoked"
            | "user_blocked"
            | "user_unblocked"
            | "user_password_changed"
            | "user_password_reset"
            | "user_sessions_revoked"
            | "user_suspended"
            | "session_started"
            | "session_ended" => self.own.apply(frame),
            "membership_left" | "membership_removed" | "room_closed" if self.is_over(frame) => {
                frame.room_id.map(|room| self.rooms.remove(&room));
            }
            "membership_added" | "membership_joined" if frame.data["user_id"] == json!(self.me) => {
                let (room, position) = (frame.room_id.unwrap_or_default(), frame.position.unwrap_or_default());
                return Next::FetchRoom(room, position);
            }
            kind if kind.starts_with("file_") => self.file(frame),
            _ => {}
        }
        let me = self.me;
        if let Some(room) =
            frame.room_id.and_then(|room| self.rooms.get_mut(&room)).filter(|room| frame.as_of >= room.as_of)
        {
            room.apply(frame, me);
        }
        Next::Nothing
    }

    fn is_over(&self, frame: &Frame) -> bool {
        frame.r#type == "room_closed" || frame.data["user_id"] == json!(self.me)
    }

    fn rename(&mut self, frame: &Frame) {
        let account = &frame.data;
        let Some(id) = id(&account["id"]) else { return };
        if id == self.me {
            self.own.apply(frame);
        }
        for member in self.rooms.values_mut().filter_map(|room| room.members.get_mut(&id)) {
            member["display_name"] = account["display_name"].clone();
        }
    }

    /// A file that changed, or is seen no more.
    fn file(&mut self, frame: &Frame) {
        let rooms = self.rooms.iter_mut().filter(|(id, _)| frame.room_id.is_none_or(|room| room == **id));
        let file = &frame.data;
        for message in rooms.flat_map(|(_, room)| room.messages.values_mut()) {
            let Some(files) = message.shown["data"].get_mut("files").and_then(Value::as_array_mut) else { continue };
            if file.get("filename_visible").is_none() {
                files.retain(|known| known["id"] != file["id"]);
            } else if let Some(known) = files.iter_mut().find(|known| known["id"] == file["id"]) {
                *known = file.clone();
            }
        }
    }
}

impl Own {
    fn apply(&mut self, frame: &Frame) {
        if frame.as_of < self.as_of {
            return;
        }
        match frame.r#type.as_str() {
            "user_blocked" | "user_unblocked" => put(&mut self.blocks, "user_id", "blocked_at", frame.data.clone()),
            "user_password_changed" | "user_password_reset" | "user_sessions_revoked" | "user_suspended" => {
                self.sessions.clear();
                for session in frame.data["items"].as_array().into_iter().flatten() {
                    put(&mut self.sessions, "id", "created_at", session.clone());
                }
            }
            "session_started" | "session_ended" => put(&mut self.sessions, "id", "created_at", frame.data.clone()),
            _ => self.account = frame.data.clone(),
        }
    }
}

impl RoomState {
    fn apply(&mut self, frame: &Frame, me: Uuid) {
        match frame.r#type.as_str() {
            kind if kind.starts_with("message_") || kind.starts_with("reaction_") => {
                self.put_message(frame.data.clone(), frame.as_of);
            }
            kind if kind.starts_with("call_") => self.put_call(frame.data.clone()),
            kind if kind.starts_with("invite_") => self.put_invite(frame.data.clone()),
            kind if kind.starts_with("room_") => self.put_room(frame.data.clone()),
            "membership_added" | "membership_joined" | "membership_roles_assigned" => {
                self.put_member(frame.data.clone());
            }
            "membership_left" | "membership_removed" => {
                id(&frame.data["user_id"]).map(|user| self.members.remove(&user));
            }
            "read" => self.read(frame, me),
            _ => {}
        }
        if let Some(message) = &frame.message {
            self.put_message(message.clone(), frame.as_of);
        }
        if let Some(room) = &frame.room {
            self.put_room(room.clone());
        }
    }

    fn put_message(&mut self, message: Value, as_of: i64) {
        if let Some(position) = message["position"].as_i64() {
            self.messages.insert(position, Message { shown: for_nobody(message), as_of });
        }
    }

    fn put_call(&mut self, call: Value) {
        if let Some(id) = id(&call["id"]) {
            self.calls.insert(id, call);
        }
    }

    /// One that cannot be used any more is its code alone.
    fn put_invite(&mut self, invite: Value) {
        let code = invite["code"].as_str().unwrap_or_default().to_owned();
        if invite.get("created_at").is_some() {
            self.invites.insert(code, invite);
        } else {
            self.invites.remove(&code);
        }
    }

    /// One who was not there any more when it was told is told to be gone by a later frame.
    fn put_member(&mut self, member: Value) {
        if let Some(user) = id(&member["user_id"]).filter(|_| member.get("joined_at").is_some()) {
            self.members.insert(user, member);
        }
    }

    /// Members keep those of their roles that the room has.
    fn put_room(&mut self, room: Value) {
        let roles: Vec<Value> = room["roles"].as_array().into_iter().flatten().map(|role| role["id"].clone()).collect();
        for held in self.members.values_mut().filter_map(|member| member["roles"].as_array_mut()) {
            held.retain(|role| roles.contains(role));
        }
        self.room = room;
    }

    /// Counts a reader of the messages that `me` or others wrote, where it is not counted yet.
    fn read(&mut self, frame: &Frame, me: Uuid) {
        let reader = &frame.data["user_id"];
        let counted = self.read.entry(id(reader).unwrap_or_default()).or_default();
        let steps = frame.steps.iter().filter(|(position, ..)| *position > *counted).collect::<Vec<_>>();
        *counted = frame.steps.iter().map(|(position, ..)| *position).fold(*counted, i64::max);
        for (position, from, to) in steps {
            let span = (std::ops::Bound::Excluded(*from), std::ops::Bound::Included(*to.max(from)));
            for (_, message) in self.messages.range_mut(span).filter(|(_, message)| message.as_of < *position) {
                let counts = message.shown["sender_id"] == json!(me) && message.shown["sender_id"] != *reader;
                let seen = message.shown["seen_count"].as_i64().unwrap_or_default();
                if counts && seen < MOST_READERS {
                    message.shown["seen_count"] = json!(seen + 1);
                }
            }
        }
    }
}

/// Puts a thing in its place, by its id in a field; one that is over lacks the field that `whole` names.
fn put(things: &mut BTreeMap<Uuid, Value>, field: &str, whole: &str, mut thing: Value) {
    let Some(id) = id(&thing[field]) else { return };
    if thing.get(whole).is_none() {
        things.remove(&id);
        return;
    }
    if let Value::Object(fields) = &mut thing {
        // Told and fetched at other moments, or by others.
        fields.remove("current");
        fields.remove("last_seen_at");
    }
    things.insert(id, thing);
}

/// Without what differs by who looks.
fn for_nobody(mut thing: Value) -> Value {
    if let Value::Object(fields) = &mut thing {
        fields.remove("my");
        fields.remove("last_message");
        for reaction in fields.get_mut("reactions").and_then(Value::as_array_mut).into_iter().flatten() {
            reaction.as_object_mut().and_then(|reaction| reaction.remove("mine"));
        }
    }
    thing
}

fn id(value: &Value) -> Option<Uuid> {
    value.as_str()?.parse().ok()
}
