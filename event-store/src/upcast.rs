//! Events of older shapes, read as today's: in one place, for all who read what is stored.

use std::borrow::Cow;

use cqrs_es::DomainEvent;
use cqrs_es::persist::SerializedEvent;
use serde::de::Error;
use serde_json::Value;

use crate::keyring::Keyring;
use crate::recorded::Recorded;

/// What an event tells, in today's shape.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The version of that shape.
    pub version: String,
    /// With its sealed fields opened, as far as whoever read it opened them.
    pub payload: Value,
}

impl Told {
    /// The fact. An error of a shape, or a version of one, that this program does not know.
    pub fn fact<F: DomainEvent>(self) -> Result<F, serde_json::Error> {
        let fact: F = serde_json::from_value(self.payload)?;
        if fact.event_version() == self.version { Ok(fact) } else { Err(Error::custom("a version that is not known")) }
    }
}

impl Keyring {
    /// What `event` tells by this payload of its own, opened or not.
    pub fn told(&self, event: &Recorded, payload: Value) -> Told {
        if !self.is_older(event) {
            return Told { version: event.event_version.clone(), payload };
        }
        let today = self.upcast(serialized(event, payload));
        Told { version: today.event_version, payload: today.payload }
    }

    /// An event in today's shape, with nothing opened: itself, if it has that.
    pub fn unopened<'a>(&self, event: &'a Recorded) -> Result<Cow<'a, Recorded>, serde_json::Error> {
        if !self.is_older(event) {
            return Ok(Cow::Borrowed(event));
        }
        let today = self.upcast(serialized(event, serde_json::from_str(&event.payload)?));
        let (event_type, event_version, payload) = (today.event_type, today.event_version, today.payload.to_string());
        Ok(Cow::Owned(Recorded { event_type, event_version, payload, ..event.clone() }))
    }

    /// Brings an event of an older shape to today's.
    pub(crate) fn upcast(&self, event: SerializedEvent) -> SerializedEvent {
        self.upcasters().iter().fold(event, |event, upcaster| {
            if upcaster.can_upcast(&event.event_type, &event.event_version) { upcaster.upcast(event) } else { event }
        })
    }

    fn is_older(&self, event: &Recorded) -> bool {
        self.upcasters().iter().any(|upcaster| upcaster.can_upcast(&event.event_type, &event.event_version))
    }
}

fn serialized(event: &Recorded, payload: Value) -> SerializedEvent {
    let place = usize::try_from(event.sequence).unwrap_or_default();
    let (id, kind) = (event.aggregate_id.clone(), event.aggregate_type.clone());
    let (event_type, version) = (event.event_type.clone(), event.event_version.clone());
    SerializedEvent::new(id, place, kind, event_type, version, payload, Value::Null)
}
