//! What messages are found by: `migrations/read/search.sql`.

mod segment;

use concordance::fold;
use domain::message::{Content, MessageEvent};
use domain::sealed::Sealed;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::Rows;

use segment::{Arrival, Rewording};
pub(crate) use segment::{Filled, Intake, OpenSegment, Postings, Segment, file, forget, seal, seal_by_rows};

/// Stands before [`crate::messages::Messages`], to see what a message said before; so whether there is such a message
/// is for the other to say, and to want.
pub(crate) struct Search;

impl Projection for Search {
    const NAME: &'static str = "search";
    const VERSION: i32 = 3;
    const DDL: &'static str = include_str!("../../migrations/read/search.sql");

    fn want(_: &mut Rows, _: &Event) {}

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Message(id, fact) = &event.fact else { return Ok(()) };
        let after = match fact {
            // What is said in secret rooms is not searched.
            MessageEvent::MessageSent { content, .. } => {
                if !content.key().is_of_a_message() && !rows.messages.has([*id]) {
                    rows.intake.arrivals.push(Arrival { sent: Some(*id), weight: event.size });
                }
                return Ok(());
            }
            MessageEvent::MessageEdited { content, .. } => folded(content),
            MessageEvent::MessageDeleted { .. } => String::new(),
            MessageEvent::MessagePinned { .. } | MessageEvent::MessageUnpinned { .. } => return Ok(()),
        };
        let Some(message) = rows.messages.get([*id]) else { return Ok(()) };
        if message.sealed || message.status == "deleted" {
            return Ok(());
        }
        let before = message.text.as_deref().map(fold).unwrap_or_default();
        let after = if message.erased { String::new() } else { after };
        rows.intake.arrivals.push(Arrival { sent: None, weight: event.size });
        rows.intake.rewordings.push(Rewording { position: message.position, before, after });
        Ok(())
    }
}

fn folded(content: &Sealed<Content>) -> String {
    content.get().map(|content| fold(&content.text)).unwrap_or_default()
}
