//! Facts by their names, about people, rooms and messages that are called by numbers.

mod calls;
pub(crate) mod files;
mod invites;
mod people;

use std::collections::BTreeSet;
use std::fmt::Display;

use domain::admins::{Admins, AdminsEvent};
use domain::audit::AuditEvent;
use domain::call::Outcome;
use domain::erasure::Erasure;
use domain::file::Grantee;
use domain::id::{InviteCode, MessageId, RoleId, RoomId, SessionId, UserId};
use domain::membership::MembershipEvent;
use domain::message::{Content, MessageEvent};
use domain::permission::{Permission, PermissionSet};
use domain::reaction::ReactionEvent;
use domain::reading::ReadingEvent;
use domain::retention::RetentionEvent;
use domain::room::{RoomEvent, RoomType, Visibility};
use domain::sealed::{KeyName, Month, Sealed};
use domain::session::SessionEvent;
use domain::settings::SettingsEvent;
use domain::user::{InstanceRole, UserEvent};
use serde::Serialize;
use serde_json::{Value, json};
use time::macros::datetime;
use uuid::Uuid;

pub(crate) use calls::{call_declined, call_ended, call_id, call_joined, call_left, call_started};
pub(crate) use invites::{invite_accepted, invite_created, invite_revoked};
pub(crate) use people::*;

/// What is to be appended.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) aggregate_type: &'static str,
    pub(crate) aggregate_id: String,
    pub(crate) actor: Option<Uuid>,
    pub(crate) room: Option<Uuid>,
    pub(crate) payload: Value,
}

impl Entry {
    fn of(aggregate_type: &'static str, aggregate_id: &dyn Display, fact: &impl Serialize) -> Self {
        let payload = serde_json::to_value(fact).unwrap();
        Self { aggregate_type, aggregate_id: aggregate_id.to_string(), actor: None, room: None, payload }
    }

    pub(crate) fn by(self, user: u32) -> Self {
        Self { actor: Some(user_id(user).0), ..self }
    }

    fn in_room(self, room: u32) -> Self {
        Self { room: Some(room_id(room).0), ..self }
    }
}

pub(crate) fn user_id(user: u32) -> UserId {
    UserId(id(1, user))
}

pub(crate) fn room_id(room: u32) -> RoomId {
    RoomId(id(2, room))
}

pub(crate) fn message_id(message: u32) -> MessageId {
    MessageId(id(3, message))
}

pub(crate) fn session_id(session: u32) -> SessionId {
    SessionId(id(4, session))
}

pub(crate) fn role_id(role: u32) -> RoleId {
    RoleId(id(5, role))
}

pub(crate) fn invite_code(invite: u32) -> InviteCode {
    InviteCode(id(6, invite))
}

/// A version 7 id, so that it looks like one.
fn id(kind: u128, number: u32) -> Uuid {
    Uuid::from_u128(kind << 96 | 7 << 76 | 2 << 62 | u128::from(number))
}

fn personal<T>(user: u32, value: T) -> Sealed<T> {
    Sealed::new(KeyName::user(user_id(user)), value)
}

fn of_room(room: u32, value: &str) -> Sealed<String> {
    Sealed::new(KeyName::room(room_id(room)), value.to_owned())
}

fn written(author: u32, room: u32, text: &str) -> Sealed<Content> {
    Sealed::new(content_key(author, room), Content::plain(text))
}

pub(crate) fn room_created(room: u32, owner: u32, name: &str) -> Entry {
    let fact = RoomEvent::RoomCreated {
        room_type: RoomType::Group,
        visibility: Visibility::Private,
        name: Some(of_room(room, name)),
        topic: Some(of_room(room, "")),
        permissions: PermissionSet::from([Permission::SendMessages, Permission::ViewHistory]),
        created_by: Some(user_id(owner)),
        members: BTreeSet::new(),
        imported: None,
    };
    Entry::of("room", &room_id(room), &fact).by(owner).in_room(room)
}

pub(crate) fn dialog_created(room: u32, one: u32, other: u32) -> Entry {
    let fact = RoomEvent::RoomCreated {
        room_type: RoomType::Dialog,
        visibility: Visibility::Private,
        name: None,
        topic: None,
        permissions: PermissionSet::from([Permission::SendMessages]),
        created_by: Some(user_id(one)),
        members: [user_id(one), user_id(other)].into(),
        imported: None,
    };
    Entry::of("room", &room_id(room), &fact).by(one).in_room(room)
}

pub(crate) fn room_changed(room: u32, fact: &RoomEvent) -> Entry {
    Entry::of("room", &room_id(room), fact).in_room(room)
}

pub(crate) fn room_archived() -> RoomEvent {
    RoomEvent::RoomArchived { by: None, imported: None }
}

pub(crate) fn room_unarchived() -> RoomEvent {
    RoomEvent::RoomUnarchived { by: None, imported: None }
}

pub(crate) fn room_renamed(room: u32, name: &str) -> Entry {
    room_changed(room, &RoomEvent::RoomRenamed { name: of_room(room, name), by: None, imported: None })
}

pub(crate) fn topic_changed(room: u32, topic: &str) -> Entry {
    room_changed(room, &RoomEvent::RoomTopicChanged { topic: of_room(room, topic), by: None, imported: None })
}

fn membership(room: u32, user: u32, fact: &MembershipEvent) -> Entry {
    Entry::of("membership", &format!("{}:{}", room_id(room), user_id(user)), fact).by(user).in_room(room)
}

pub(crate) fn joined(room: u32, user: u32) -> Entry {
    membership(room, user, &came_by_themselves(room, user, false))
}

/// Makes the room, in the same append.
pub(crate) fn founded(room: u32, user: u32) -> Entry {
    membership(room, user, &came_by_themselves(room, user, true))
}

fn came_by_themselves(room: u32, user: u32, founding: bool) -> MembershipEvent {
    MembershipEvent::MembershipJoined { room_id: room_id(room), user_id: user_id(user), founding, imported: None }
}

/// What somebody writes in a room is sealed with.
pub(crate) fn content_key(author: u32, room: u32) -> KeyName {
    KeyName::content(user_id(author), room_id(room), Month::of(datetime!(2026-01-01 00:00 UTC)))
}

/// What somebody wrote in a room is kept no longer.
pub(crate) fn expired(room: u32, author: u32) -> Entry {
    let (room_id, erasure) = (room_id(room), Erasure::of(content_key(author, room)));
    let fact = RetentionEvent::MessagesExpired { room_id, erasure };
    Entry::of("retention", &room_id, &fact).in_room(room)
}

pub(crate) fn left(room: u32, user: u32) -> Entry {
    let fact = MembershipEvent::MembershipLeft { room_id: room_id(room), user_id: user_id(user), imported: None };
    membership(room, user, &fact)
}

pub(crate) fn added(room: u32, user: u32, by: u32) -> Entry {
    let fact = MembershipEvent::MembershipAdded {
        room_id: room_id(room),
        user_id: user_id(user),
        by: user_id(by),
        founding: false,
    };
    membership(room, user, &fact).by(by)
}

pub(crate) fn removed(room: u32, user: u32, other: u32) -> Entry {
    let (room_id, user_id, by) = (room_id(room), user_id(user), user_id(other));
    membership(room, user, &MembershipEvent::MembershipRemoved { room_id, user_id, by }).by(other)
}

pub(crate) fn membership_changed(room: u32, user: u32, fact: impl FnOnce(RoomId, UserId) -> MembershipEvent) -> Entry {
    membership(room, user, &fact(room_id(room), user_id(user)))
}

pub(crate) fn banned(room: u32, user: u32, by: u32, reason: &str) -> Entry {
    let month = Month::of(datetime!(2026-01-01 00:00 UTC));
    let key = KeyName::content(user_id(by), room_id(room), month);
    let reason = Some(Sealed::new(key, reason.to_owned()));
    let until = Some(datetime!(2026-02-01 00:00 UTC));
    let (room_id, user_id, by) = (room_id(room), user_id(user), user_id(by));
    membership(room, user, &MembershipEvent::MembershipBanned { room_id, user_id, by, reason, until })
}

pub(crate) fn role_defined(room: u32, role: u32, name: &str, rank: i32) -> Entry {
    let fact = RoomEvent::RoomRoleDefined {
        role_id: role_id(role),
        name: of_room(room, name),
        rank,
        allow: PermissionSet::from([Permission::React]),
        deny: PermissionSet::from([Permission::SendMessages, Permission::ViewHistory]),
    };
    room_changed(room, &fact)
}

pub(crate) fn sent(message: u32, room: u32, sender: u32, text: &str) -> Entry {
    sent_to(message, room, sender, text, &[], false)
}

/// A message that mentions people, or everybody.
pub(crate) fn sent_to(message: u32, room: u32, sender: u32, text: &str, mentions: &[u32], mentions_all: bool) -> Entry {
    let fact = MessageEvent::MessageSent {
        room_id: room_id(room),
        sender_id: user_id(sender),
        content: written(sender, room, text),
        mentions: mentions.iter().map(|user| user_id(*user)).collect(),
        mentions_all,
        reply_to: None,
        forwarded_from: None,
        file_ids: vec![],
        imported: None,
    };
    Entry::of("message", &message_id(message), &fact).by(sender).in_room(room)
}

/// Sent in a secret room.
pub(crate) fn whispered(message: u32, room: u32, sender: u32, text: &str) -> Entry {
    let key = KeyName::message(user_id(sender), room_id(room), message_id(message));
    let fact = MessageEvent::MessageSent {
        room_id: room_id(room),
        sender_id: user_id(sender),
        content: Sealed::new(key, Content { text: text.to_owned(), entities: vec![] }),
        mentions: vec![],
        mentions_all: false,
        reply_to: None,
        forwarded_from: None,
        file_ids: vec![],
        imported: None,
    };
    Entry::of("message", &message_id(message), &fact).by(sender).in_room(room)
}

pub(crate) fn edited(message: u32, room: u32, sender: u32, text: &str) -> Entry {
    edited_to(message, room, sender, text, &[], false)
}

/// A wording that mentions people, or everybody.
pub(crate) fn edited_to(
    message: u32,
    room: u32,
    sender: u32,
    text: &str,
    mentions: &[u32],
    mentions_all: bool,
) -> Entry {
    let fact = MessageEvent::MessageEdited {
        room_id: room_id(room),
        content: written(sender, room, text),
        mentions: mentions.iter().map(|user| user_id(*user)).collect(),
        mentions_all,
        imported: None,
    };
    Entry::of("message", &message_id(message), &fact).by(sender).in_room(room)
}

pub(crate) fn deleted(message: u32, room: u32, by: u32) -> Entry {
    let fact = MessageEvent::MessageDeleted { room_id: room_id(room), by: user_id(by), erasure: None };
    Entry::of("message", &message_id(message), &fact).by(by).in_room(room)
}

fn pinning(message: u32, room: u32, by: u32, fact: &MessageEvent) -> Entry {
    Entry::of("message", &message_id(message), fact).by(by).in_room(room)
}

pub(crate) fn pinned(message: u32, room: u32, by: u32) -> Entry {
    let fact = MessageEvent::MessagePinned { room_id: room_id(room), by: user_id(by), imported: None };
    pinning(message, room, by, &fact)
}

pub(crate) fn unpinned(message: u32, room: u32, by: u32) -> Entry {
    pinning(message, room, by, &MessageEvent::MessageUnpinned { room_id: room_id(room), by: user_id(by) })
}

fn reaction(message: u32, user: u32, fact: &ReactionEvent) -> Entry {
    Entry::of("reaction", &format!("{}:{}", message_id(message), user_id(user)), fact).by(user).in_room(1)
}

fn emoji(user: u32, emoji: &str) -> Sealed<String> {
    let month = Month::of(datetime!(2026-01-01 00:00 UTC));
    Sealed::new(KeyName::content(user_id(user), room_id(1), month), emoji.to_owned())
}

/// A reaction to a message of the first room.
pub(crate) fn reacted(message: u32, user: u32, with: &str) -> Entry {
    let (room_id, message_id, user_id) = (room_id(1), message_id(message), user_id(user));
    let fact = ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji: emoji(user, with), imported: None };
    reaction(message, user, &fact)
}

/// The same taken back.
pub(crate) fn unreacted(message: u32, user: u32, with: &str) -> Entry {
    let (room_id, message_id, user_id) = (room_id(1), message_id(message), user_id(user));
    let fact = ReactionEvent::ReactionRemoved { room_id, message_id, user_id, emoji: emoji(user, with) };
    reaction(message, user, &fact)
}

pub(crate) fn read_up_to(room: u32, user: u32, position: i64) -> Entry {
    let fact = ReadingEvent::ReadAdvanced { room_id: room_id(room), user_id: user_id(user), position };
    Entry::of("reading", &format!("{}:{}", room_id(room), user_id(user)), &fact).by(user).in_room(room)
}

pub(crate) fn audited(auditor: u32) -> Entry {
    let reason = Sealed::new(KeyName::audit(user_id(auditor)), "asked to".to_owned());
    let fact = AuditEvent::AuditAccessed { reason, what: "/v1/audit/events".to_owned() };
    Entry::of("audit", &user_id(auditor), &fact).by(auditor)
}

/// A message's event that nobody can read.
pub(crate) fn garbled(message: u32) -> Entry {
    Entry::of("message", &message_id(message), &json!({"type": "message_garbled"}))
}

/// One of each table's rows, and more than one version of what has versions.
pub(crate) fn a_bit_of_everything() -> Vec<Entry> {
    vec![
        registered(1, "alice"),
        registered(2, "bob"),
        session_started(1, 1),
        settings_updated(1, json!({"theme": "dark"})),
        room_created(1, 1, "general"),
        founded(1, 1),
        added(1, 2, 1),
        sent(1, 1, 1, "hello"),
        sent(2, 1, 2, "hi"),
        edited(1, 1, 1, "hello!"),
        read_up_to(1, 2, 8),
        deleted(2, 1, 2),
        admin_added(1),
        audited(1),
        role_defined(1, 1, "Helper", 1),
        banned(1, 3, 1, "spam"),
        invite_created(1, 1, 1, None),
        reacted(1, 2, "👍"),
        pinned(1, 1, 1),
        sent_to(3, 1, 1, "@bob", &[2], false),
        sent_to(4, 1, 1, "@all", &[], true),
        blocked(1, 2),
        files::uploaded(1, 1),
        files::granted(1, Grantee::Room(room_id(1)), None),
        call_started(1, 1, 1),
        call_joined(1, 1, 2),
        call_ended(1, 1, Outcome::Answered),
        registered(3, "carol"),
        erased(3),
    ]
}
