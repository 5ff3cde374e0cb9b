//! A message, with where each part of it came from: folded from its events, in their order.

use std::collections::BTreeMap;

use domain::file::{FileEvent, Grantee};
use domain::id::{FileId, RoomId, UserId};
use domain::imported::Imported;
use domain::message::{Content, MessageEvent};
use domain::reaction::ReactionEvent;
use domain::sealed::{KeyName, Sealed};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::find::Notice;
use super::origin::Origin;

/// Parts that say nothing any more once a message is deleted or erased.
const SAID: [&str; 5] = ["text", "entities", "mentions", "reply_to", "forwarded_from"];

/// A part of a message as it is, and the event that made it so.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TracedField)]
pub(crate) struct Part {
    /// Which: `room_id`, `sender_id`, `sent_at`, `type`, `status`, `text`, `entities`, `mentions`, `pinned`, `version`,
    /// and where there are such `edited_at`, `reply_to`, `forwarded_from`, `erased`, `imported`; `files` for each file,
    /// `reactions` for each reaction. Of a notice `room_id`, `sender_id`, `sent_at`, `type`, `status`, `event` and
    /// `version`.
    #[schema(example = "text")]
    field: &'static str,
    /// What it is. Null of what says nothing any more, and of what is sealed in a secret room.
    #[schema(value_type = Object)]
    value: Value,
    /// What gave it this value.
    origin: Origin,
}

/// A message in the making.
#[derive(Default)]
pub(super) struct Trace {
    pub(super) room: Option<RoomId>,
    /// What its current wording is sealed with, if that does not open.
    pub(super) closed: Option<KeyName>,
    parts: BTreeMap<&'static str, (Value, Origin)>,
    files: Vec<(FileId, bool, Origin)>,
    reactions: Vec<(UserId, Option<String>, Origin)>,
    /// Since when it says nothing.
    gone: Option<Origin>,
}

impl Trace {
    /// Takes what happened to the message, whose version is the number of the event in its stream.
    pub(super) fn message(&mut self, event: MessageEvent, sequence: i64, by: &Origin) {
        self.set("version", json!(sequence), by);
        // What is deleted stays so.
        if self.gone.is_some() {
            return;
        }
        match event {
            MessageEvent::MessageSent {
                room_id,
                sender_id,
                content,
                mentions,
                mentions_all,
                reply_to,
                forwarded_from,
                file_ids,
                imported,
            } => {
                self.room = Some(room_id);
                self.set("room_id", json!(room_id), by);
                self.set("sender_id", json!(sender_id), by);
                self.set("sent_at", json!(by.occurred_at), by);
                self.set("type", json!("message"), by);
                self.set("status", json!("sent"), by);
                self.set("pinned", json!(false), by);
                self.worded(&content, &mentions, mentions_all, by);
                self.set_some("reply_to", reply_to.map(|message| json!(message)), by);
                self.set_some("forwarded_from", forwarded_from.map(|from| json!(from)), by);
                self.imported(imported, by);
                self.files = file_ids.into_iter().map(|file| (file, true, by.clone())).collect();
            }
            MessageEvent::MessageEdited { room_id: _, content, mentions, mentions_all, imported } => {
                self.set("status", json!("edited"), by);
                self.set("edited_at", json!(by.occurred_at), by);
                self.worded(&content, &mentions, mentions_all, by);
                self.imported(imported, by);
            }
            MessageEvent::MessageDeleted { room_id: _, by: _, erasure: _ } => {
                self.set("status", json!("deleted"), by);
                self.falls_silent(by);
            }
            MessageEvent::MessagePinned { room_id: _, by: _, imported: _ } => self.set("pinned", json!(true), by),
            MessageEvent::MessageUnpinned { room_id: _, by: _ } => self.set("pinned", json!(false), by),
        }
    }

    /// Takes a notice: it is whole with the event that it tells of, and stays as it is.
    pub(super) fn notice(&mut self, notice: Notice, by: &Origin) {
        self.room = Some(RoomId(notice.room_id));
        self.set("room_id", json!(notice.room_id), by);
        self.set("sender_id", json!(notice.sender_id), by);
        self.set("sent_at", json!(by.occurred_at), by);
        self.set("status", json!("sent"), by);
        self.set("type", json!(notice.kind), by);
        self.set("event", notice.told, by);
        self.set("version", json!(1), by);
    }

    /// Takes a reaction. Which it was is not known in a secret room: there the last of somebody's is taken for it.
    pub(super) fn reaction(&mut self, event: ReactionEvent, by: &Origin) {
        match event {
            ReactionEvent::ReactionAdded { room_id: _, message_id: _, user_id, emoji, imported: _ } => {
                self.reactions.push((user_id, emoji.into_inner(), by.clone()));
            }
            ReactionEvent::ReactionRemoved { room_id: _, message_id: _, user_id, emoji } => {
                let stood = |(user, with, _): &(UserId, Option<String>, Origin)| {
                    *user == user_id && *with == emoji.get().cloned()
                };
                if let Some(place) = self.reactions.iter().rposition(stood) {
                    self.reactions.remove(place);
                }
            }
        }
    }

    /// Takes what happened to a file of the message since it was sent.
    pub(super) fn file(&mut self, id: FileId, event: &FileEvent, by: &Origin) {
        let (room, gone) = (self.room.map(Grantee::Room), self.gone.as_ref());
        let Some((_, there, origin)) = self.files.iter_mut().find(|(file, ..)| *file == id) else { return };
        if by.position < origin.position || gone.is_some_and(|gone| gone.position < by.position) {
            return;
        }
        let is = match event {
            FileEvent::FileDeleted { .. } => false,
            FileEvent::FileRevoked { from, message_id: None } if Some(*from) == room => false,
            FileEvent::FileGranted { to, .. } if Some(*to) == room => true,
            FileEvent::FileUploaded { .. }
            | FileEvent::FileDescribed { .. }
            | FileEvent::FileCompleted { .. }
            | FileEvent::FileForwarded { .. }
            | FileEvent::FileGranted { .. }
            | FileEvent::FileRevoked { .. } => return,
        };
        if is != *there {
            (*there, *origin) = (is, by.clone());
        }
    }

    /// Its key was destroyed: it says nothing any more.
    pub(super) fn erased(&mut self, by: &Origin) {
        if self.gone.is_none() {
            self.set("erased", json!(true), by);
            self.falls_silent(by);
        }
    }

    /// The files that it has.
    pub(super) fn file_ids(&self) -> Vec<FileId> {
        self.files.iter().map(|(file, ..)| *file).collect()
    }

    /// All parts, by name; of a room that is not secret without reactions that cannot be read any more.
    pub(super) fn fields(mut self, is_secret: bool) -> Vec<Part> {
        if let Some((told, _)) = self.parts.get_mut("event").filter(|_| is_secret) {
            *told = Value::Null;
        }
        let field = |field, value, origin| Part { field, value, origin };
        let mut fields: Vec<_> =
            self.parts.into_iter().map(|(name, (value, origin))| field(name, value, origin)).collect();
        for (id, there, origin) in self.files {
            let origin = self.gone.clone().filter(|_| there).unwrap_or(origin);
            fields.push(field("files", json!({"id": id, "there": there && self.gone.is_none()}), origin));
        }
        let reactions = self.reactions.into_iter().filter(|(_, emoji, _)| is_secret || emoji.is_some());
        fields.extend(
            reactions.map(|(user, emoji, origin)| field("reactions", json!({"user_id": user, "emoji": emoji}), origin)),
        );
        fields
    }

    fn worded(&mut self, content: &Sealed<Content>, mentions: &[UserId], all: bool, by: &Origin) {
        self.closed = content.get().is_none().then(|| content.key().clone());
        self.set("text", content.get().map_or(Value::Null, |content| json!(content.text)), by);
        self.set("entities", content.get().map_or(Value::Null, |content| json!(content.entities)), by);
        self.set("mentions", json!({"users": mentions, "all": all}), by);
    }

    fn imported(&mut self, imported: Option<Imported>, by: &Origin) {
        let told = imported.map(|imported| json!({"source": imported.source, "source_id": imported.source_id}));
        self.set_some("imported", told, by);
    }

    /// It keeps its place and says nothing any more.
    fn falls_silent(&mut self, by: &Origin) {
        self.gone = Some(by.clone());
        for name in SAID {
            if self.parts.contains_key(name) {
                self.set(name, Value::Null, by);
            }
        }
        if self.parts.get("pinned").is_some_and(|(pinned, _)| *pinned == json!(true)) {
            self.set("pinned", json!(false), by);
        }
        self.reactions.clear();
    }

    fn set(&mut self, field: &'static str, value: Value, by: &Origin) {
        self.parts.insert(field, (value, by.clone()));
    }

    fn set_some(&mut self, field: &'static str, value: Option<Value>, by: &Origin) {
        if let Some(value) = value {
            self.set(field, value, by);
        }
    }
}
