//! A shape that an older program stored, and how today's reads it.

use std::convert::Infallible;

use cqrs_es::event_sink::EventSink;
use cqrs_es::persist::{EventUpcaster, SerializedEvent};
use cqrs_es::{Aggregate, DomainEvent};
use domain::id::{RoomId, UserId};
use domain::message::Content;
use domain::sealed::Sealed;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What `message_sent` was in version 0: called otherwise, and without what came later.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename = "message_said")]
pub(crate) struct Said {
    pub(crate) room_id: RoomId,
    pub(crate) by: UserId,
    pub(crate) words: Sealed<Content>,
}

impl DomainEvent for Said {
    fn event_type(&self) -> String {
        "message_said".to_owned()
    }

    fn event_version(&self) -> String {
        "0".to_owned()
    }
}

/// The stream as the older program knew it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Earlier;

impl Aggregate for Earlier {
    const TYPE: &'static str = "message";
    type Command = ();
    type Event = Said;
    type Error = Infallible;
    type Services = ();

    async fn handle(&mut self, (): (), (): &(), _: &EventSink<Self>) -> Result<(), Infallible> {
        Ok(())
    }

    fn apply(&mut self, _: Said) {}
}

/// From version 0 to today's.
struct SaidToSent;

impl EventUpcaster for SaidToSent {
    fn can_upcast(&self, event_type: &str, event_version: &str) -> bool {
        (event_type, event_version) == ("message_said", "0")
    }

    fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        let payload = json!({
            "type": "message_sent", "room_id": event.payload["room_id"], "sender_id": event.payload["by"],
            "content": event.payload["words"], "mentions": [], "mentions_all": false, "reply_to": null,
            "forwarded_from": null, "file_ids": [],
        });
        SerializedEvent { event_type: "message_sent".to_owned(), event_version: "1".to_owned(), payload, ..event }
    }
}

/// How the tests' program reads what is older than it.
pub(crate) fn upcasters() -> Vec<Box<dyn EventUpcaster>> {
    vec![Box::new(SaidToSent)]
}
