//! The event that is appended: about as large as a message of chat.

use cqrs_es::event_sink::EventSink;
use cqrs_es::{Aggregate, DomainEvent};
use serde::{Deserialize, Serialize};

/// Median length of a line of chat, in characters, with room for a reply's reference.
const TEXT: &str = "does anyone know how to get the sound working again after the last upgrade? it was fine before";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum NoteEvent {
    Plain {
        room: String,
        sender: String,
        text: String,
    },
    Sealing {
        room: String,
        sender: String,
        text: Sealed,
    },
    /// Begins a stream for others to rest on.
    Began,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sealed {
    key: String,
    open: Option<String>,
}

impl NoteEvent {
    pub(crate) fn plain() -> Self {
        Self::Plain { room: "room".into(), sender: "sender".into(), text: TEXT.into() }
    }

    pub(crate) fn sealed(key: &str) -> Self {
        let text = Sealed { key: key.to_owned(), open: Some(TEXT.into()) };
        Self::Sealing { room: "room".into(), sender: "sender".into(), text }
    }
}

impl DomainEvent for NoteEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Plain { .. } => "note_plain",
            Self::Sealing { .. } => "note_sealed",
            Self::Began => "note_began",
        }
        .to_owned()
    }

    fn event_version(&self) -> String {
        "1".to_owned()
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Note;

impl Aggregate for Note {
    const TYPE: &'static str = "note";
    type Command = NoteEvent;
    type Event = NoteEvent;
    type Error = std::convert::Infallible;
    type Services = ();

    async fn handle(&mut self, event: NoteEvent, (): &(), sink: &EventSink<Self>) -> Result<(), Self::Error> {
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, _: NoteEvent) {}
}
