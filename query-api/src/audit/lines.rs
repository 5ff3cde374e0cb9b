//! Events as text, a line each.

use event_store::Head;
use uuid::Uuid;

use super::{CloudEvent, Event};

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/x-ndjson`: an event a line.
    Ndjson,
    /// `application/cloudevents-batch+json`: one array.
    CloudEvents,
}

/// An export on its way.
#[derive(Clone, Debug)]
pub struct Lines {
    format: Format,
    origin: Uuid,
    epoch: i32,
    begun: bool,
}

impl Lines {
    /// One that begins, of the history that `head` names.
    pub fn begin(format: Format, head: &Head) -> Self {
        Self { format, origin: head.origin, epoch: head.epoch, begun: false }
    }

    /// One that has events already, the last of which has no comma after it.
    pub fn resume(format: Format, head: &Head) -> Self {
        Self { begun: true, ..Self::begin(format, head) }
    }

    /// Writes the next event.
    pub fn event(&mut self, event: Event, text: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        match self.format {
            Format::Ndjson => {
                serde_json::to_writer(&mut *text, &event)?;
                text.push(b'\n');
            }
            Format::CloudEvents => {
                text.extend_from_slice(if self.begun { b",\n" } else { b"[\n" });
                serde_json::to_writer(&mut *text, &CloudEvent::of(event, self.origin, self.epoch))?;
            }
        }
        self.begun = true;
        Ok(())
    }

    /// Writes what comes after the last.
    pub fn end(&self, text: &mut Vec<u8>) {
        match self.format {
            Format::Ndjson => {}
            Format::CloudEvents => text.extend_from_slice(if self.begun { b"\n]\n" } else { b"[\n]\n" }),
        }
    }
}
