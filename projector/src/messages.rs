//! Messages and their earlier wordings: `migrations/read/message.sql`.

use domain::message::{Content, MessageEvent};
use domain::sealed::Sealed;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// A message with its current wording.
    struct Message in "message" by [id] {
        id: Uuid,
        room_id: Uuid,
        sender_id: Uuid,
        position: i64,
        ordinal: i64,
        status: String,
        text: Option<String>,
        reply_to: Option<Uuid>,
        sent_at: OffsetDateTime,
        edited_at: Option<OffsetDateTime>,
        worded_version: i64,
        worded_position: i64,
        version: i64,
    }
}

row! {
    /// A wording that a later one replaced.
    struct MessageVersion in "message_version" by (message_id, version) {
        message_id: Uuid,
        version: i64,
        text: Option<String>,
        at: OffsetDateTime,
        position: i64,
    }
}

pub(crate) struct Messages;

impl Projection for Messages {
    const NAME: &'static str = "messages";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/message.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Message(id, fact) = &event.fact else { return };
        if let MessageEvent::MessageSent { room_id, .. } = fact {
            rows.room_activities.want([room_id.0]);
        } else {
            rows.messages.want([*id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Message(id, fact) = &event.fact else { return Ok(()) };
        match fact {
            MessageEvent::MessageSent { room_id, sender_id, content, reply_to, imported: _ } => {
                if rows.messages.has([*id]) {
                    return Err(Poison::MadeBefore);
                }
                let activity = rows.activity(room_id.0);
                activity.message_count += 1;
                activity.last_position = event.position;
                activity.last_message_id = Some(*id);
                let ordinal = activity.message_count;
                rows.messages.make(Message {
                    id: *id,
                    room_id: room_id.0,
                    sender_id: sender_id.0,
                    position: event.position,
                    ordinal,
                    status: "sent".to_owned(),
                    text: text(content),
                    reply_to: reply_to.map(|message| message.0),
                    sent_at: event.at,
                    edited_at: None,
                    worded_version: event.sequence,
                    worded_position: event.position,
                    version: event.sequence,
                })?;
            }
            MessageEvent::MessageEdited { room_id: _, content, imported: _ } => {
                let message = rows.messages.change([*id]).ok_or(Poison::NothingToChange)?;
                message.version = event.sequence;
                if message.status == "deleted" {
                    return Ok(());
                }
                rows.message_versions.add(MessageVersion {
                    message_id: *id,
                    version: message.worded_version,
                    text: message.text.take(),
                    at: message.edited_at.unwrap_or(message.sent_at),
                    position: message.worded_position,
                });
                "edited".clone_into(&mut message.status);
                message.text = text(content);
                message.edited_at = Some(event.at);
                message.worded_version = event.sequence;
                message.worded_position = event.position;
            }
            MessageEvent::MessageDeleted { .. } => {
                let message = rows.messages.change([*id]).ok_or(Poison::NothingToChange)?;
                "deleted".clone_into(&mut message.status);
                message.text = None;
                message.version = event.sequence;
            }
        }
        Ok(())
    }
}

fn text(content: &Sealed<Content>) -> Option<String> {
    content.get().map(|content| content.text.clone())
}
