//! Messages, their earlier wordings, and notices between them: `migrations/read/message.sql`.

mod count;
mod notice;

use domain::id::UserId;
use domain::message::{Content, MessageEvent};
use domain::sealed::Sealed;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

use count::{Counts, EVERYBODY};
pub(crate) use count::{Mention, Sender, Tally};

row! {
    /// A message with its current wording.
    struct Message in "message" by [id] {
        id: Uuid,
        room_id: Uuid,
        sender_id: Uuid,
        author_id: Uuid,
        r#type: String,
        position: i64,
        ordinal: i64,
        sender_ordinal: i64,
        status: String,
        text: Option<String>,
        entities: Option<Value>,
        mentions: Option<Vec<Uuid>>,
        sealed: bool,
        erased: bool,
        reply_to: Option<Uuid>,
        forwarded_from: Option<Value>,
        files: Option<Vec<Uuid>>,
        event: Option<Value>,
        pinned: bool,
        sent_at: OffsetDateTime,
        edited_at: Option<OffsetDateTime>,
        worded_version: i64,
        worded_position: i64,
        version: i64,
        told: bool,
    }
}

row! {
    /// A wording that a later one replaced.
    struct MessageVersion in "message_version" by (message_id, version) {
        message_id: Uuid,
        author_id: Uuid,
        version: i64,
        text: Option<String>,
        at: OffsetDateTime,
        position: i64,
    }
}

pub(crate) struct Messages;

impl Projection for Messages {
    const NAME: &'static str = "messages";
    const VERSION: i32 = 11;
    const DDL: &'static str = include_str!("../../migrations/read/message.sql");

    fn want(rows: &mut Rows, event: &Event) {
        notice::want(rows, event);
        let Fact::Message(id, fact) = &event.fact else { return };
        if let MessageEvent::MessageSent { room_id, sender_id, .. } = fact {
            rows.room_activities.want([room_id.0]);
            rows.senders.want([room_id.0, sender_id.0]);
        } else {
            rows.messages.want([*id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Message(id, fact) = &event.fact else { return notice::project(rows, event) };
        if let MessageEvent::MessageSent { .. } = fact {
            return sent(rows, *id, event, fact);
        }
        let mut counts = Counts { mentions: &mut rows.mentions, tallies: &mut rows.tallies };
        let message = rows.messages.change([*id]).ok_or(Poison::NothingToChange)?;
        message.version = event.sequence;
        if message.status == "deleted" {
            return Ok(());
        }
        match fact {
            MessageEvent::MessageSent { .. } => {}
            MessageEvent::MessageEdited { room_id: _, content, mentions, mentions_all, imported: _ } => {
                if !message.sealed {
                    rows.message_versions.add(MessageVersion {
                        message_id: *id,
                        author_id: message.author_id,
                        version: message.worded_version,
                        text: message.text.take(),
                        at: message.edited_at.unwrap_or(message.sent_at),
                        position: message.worded_position,
                    });
                }
                "edited".clone_into(&mut message.status);
                message.edited_at = Some(event.at);
                message.worded_version = event.sequence;
                message.worded_position = event.position;
                counts.mention(message, mentioned(mentions, *mentions_all));
                if message.erased || is_unreadable(content, message.sealed) {
                    message.erase(&mut counts);
                } else {
                    message.text = text(content);
                    message.entities = entities(content);
                }
            }
            MessageEvent::MessageDeleted { .. } => {
                "deleted".clone_into(&mut message.status);
                message.erase(&mut counts);
                message.erased = false;
            }
            MessageEvent::MessagePinned { .. } => {
                message.pinned = !message.erased;
                notice::project(rows, event)?;
            }
            MessageEvent::MessageUnpinned { .. } => message.pinned = false,
        }
        Ok(())
    }
}

fn sent(rows: &mut Rows, id: Uuid, event: &Event, fact: &MessageEvent) -> Result<(), Poison> {
    let MessageEvent::MessageSent {
        room_id,
        sender_id,
        content,
        mentions,
        mentions_all,
        reply_to,
        forwarded_from,
        file_ids,
        imported: _,
    } = fact
    else {
        return Ok(());
    };
    if rows.messages.has([id]) {
        return Err(Poison::MadeBefore);
    }
    let (room_id, sender_id) = (room_id.0, sender_id.0);
    let activity = rows.activity(room_id);
    activity.message_count += 1;
    activity.last_position = event.position;
    activity.last_message_id = Some(id);
    let ordinal = activity.message_count;
    let sender = rows.senders.change_or_make([room_id, sender_id], || Sender::new(room_id, sender_id));
    sender.message_count += 1;
    let sealed = content.key().is_of_a_message();
    let mut message = Message {
        id,
        room_id,
        sender_id,
        author_id: content.key().author().map_or(sender_id, |author| author.0),
        r#type: "message".to_owned(),
        position: event.position,
        ordinal,
        sender_ordinal: sender.message_count,
        status: "sent".to_owned(),
        text: text(content),
        sealed,
        erased: false,
        entities: entities(content),
        mentions: None,
        reply_to: reply_to.map(|message| message.0),
        forwarded_from: forwarded_from.map(|from| json!(from)),
        files: (!file_ids.is_empty()).then(|| file_ids.iter().map(|file| file.0).collect()),
        event: None,
        pinned: false,
        sent_at: event.at,
        edited_at: None,
        worded_version: event.sequence,
        worded_position: event.position,
        version: event.sequence,
        told: event.actor == Some(sender_id),
    };
    let mut counts = Counts { mentions: &mut rows.mentions, tallies: &mut rows.tallies };
    counts.mention(&mut message, mentioned(mentions, *mentions_all));
    if is_unreadable(content, sealed) {
        message.erase(&mut counts);
    }
    rows.messages.make(message)
}

fn text(content: &Sealed<Content>) -> Option<String> {
    content.get().map(|content| content.text.clone())
}

/// What was found in the text; none if that is nothing.
fn entities(content: &Sealed<Content>) -> Option<Value> {
    content
        .get()
        .map(|content| &content.entities)
        .filter(|entities| !entities.is_empty())
        .map(|entities| json!(entities))
}

/// Whom a wording mentions, as rows have it: who is among everybody, is mentioned with everybody.
fn mentioned(mentions: &[UserId], all: bool) -> Vec<Uuid> {
    if all { vec![EVERYBODY] } else { mentions.iter().map(|user| user.0).collect() }
}

impl Message {
    /// It says nothing from now on and keeps its place. That it mentioned somebody leaves the same rows, whether it was
    /// read before or not.
    fn erase(&mut self, counts: &mut Counts<'_>) {
        counts.mention(self, vec![]);
        if !self.erased {
            counts.gone(self);
        }
        (self.text, self.entities) = (None, None);
        (self.erased, self.pinned) = (true, false);
    }
}

/// Somebody's message says nothing from now on; what it said until now.
pub(crate) fn erase(rows: &mut Rows, id: Uuid) -> Option<String> {
    let mut counts = Counts { mentions: &mut rows.mentions, tallies: &mut rows.tallies };
    let message = rows.messages.change([id])?;
    if message.status == "deleted" || message.sealed {
        return None;
    }
    let text = message.text.clone();
    message.erase(&mut counts);
    text
}

/// What is sealed is never opened here.
fn is_unreadable(content: &Sealed<Content>, sealed: bool) -> bool {
    !sealed && content.get().is_none()
}
