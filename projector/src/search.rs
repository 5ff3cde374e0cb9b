//! What messages are found by: `migrations/read/search.sql`.

mod segment;

use concordance::fold;
use domain::message::{Content, MessageEvent};
use domain::sealed::Sealed;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::messages::Message;
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

use segment::{Arrival, Rewording};
pub(crate) use segment::{Filled, Intake, OpenSegment, Postings, Segment, file, forget, seal};

row! {
    /// What a message is found by.
    struct Findable in "search" by FindableKey { position: i64 } {
        position: i64,
        message_id: Uuid,
        room_id: Uuid,
        sender_id: Uuid,
        sent_at: OffsetDateTime,
        folded: Option<String>,
    }
}

/// Stands before [`crate::messages::Messages`], to see what a message said before; so whether there is such a message
/// is for the other to say.
pub(crate) struct Search;

impl Projection for Search {
    const NAME: &'static str = "search";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/search.sql");

    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::Message(_, fact) = &event.fact
            && let Some(room) = worded_in(fact)
        {
            rows.room_activities.want([room]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let (id, fact) = match &event.fact {
            Fact::Message(id, fact) => (id, fact),
            Fact::User(..)
            | Fact::Session(..)
            | Fact::Settings(..)
            | Fact::Room(..)
            | Fact::Membership(_)
            | Fact::Invite(..)
            | Fact::Call(..)
            | Fact::Reaction(_)
            | Fact::Reading(_)
            | Fact::Admins(_)
            | Fact::File(..)
            | Fact::Blob(_)
            | Fact::Audit(_)
            | Fact::Holds(_)
            | Fact::Retention(_)
            | Fact::Erasure(..) => return Ok(()),
        };
        let Some(room) = worded_in(fact).filter(|room| is_searched(rows, *room)) else { return Ok(()) };
        match fact {
            MessageEvent::MessageSent { room_id, sender_id, content, .. } => {
                if !rows.messages.has([*id]) {
                    rows.findables.make(Findable {
                        position: event.position,
                        message_id: *id,
                        room_id: room_id.0,
                        sender_id: sender_id.0,
                        sent_at: event.at,
                        folded: folded(content),
                    })?;
                    rows.intake.arrivals.push(Arrival::sent(event));
                }
            }
            MessageEvent::MessageEdited { content, .. } => reword(rows, event, (*id, room), folded(content)),
            MessageEvent::MessageDeleted { .. } => reword(rows, event, (*id, room), None),
            MessageEvent::MessagePinned { .. } | MessageEvent::MessageUnpinned { .. } => {}
        }
        Ok(())
    }
}

/// The room of a message whose text it gives or takes.
fn worded_in(fact: &MessageEvent) -> Option<Uuid> {
    match fact {
        MessageEvent::MessageSent { room_id, .. }
        | MessageEvent::MessageEdited { room_id, .. }
        | MessageEvent::MessageDeleted { room_id, .. } => Some(room_id.0),
        MessageEvent::MessagePinned { .. } | MessageEvent::MessageUnpinned { .. } => None,
    }
}

/// What is said in secret rooms is not searched, nor what is said where the room is not known, because it was parked.
fn is_searched(rows: &Rows, room: Uuid) -> bool {
    rows.room_activities.get([room]).is_some_and(|activity| activity.searched)
}

/// A message of a room is found by another text from now on, or by none.
fn reword(rows: &mut Rows, event: &Event, (id, room): (Uuid, Uuid), after: Option<String>) {
    let of_room = |message: &&Message| message.room_id == room && message.status != "deleted";
    let Some(message) = rows.messages.get([id]).filter(of_room) else { return };
    let Message { position, room_id, sender_id, sent_at, .. } = *message;
    let before = message.text.as_deref().map(fold);
    rows.intake.arrivals.push(Arrival::reworded(event));
    rows.intake.rewordings.push(Rewording { position, before, after: after.clone() });
    rows.findables.put(Findable { position, message_id: id, room_id, sender_id, sent_at, folded: after });
}

fn folded(content: &Sealed<Content>) -> Option<String> {
    content.get().map(|content| fold(&content.text))
}
