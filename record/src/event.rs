//! An event as exports have it.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::leaf::Sha256Hex;
use crate::{Leaf, Written};

/// An event of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event<'a> {
    /// Its place in the one total order.
    pub position: i64,
    /// Unique.
    pub event_id: &'a str,
    /// `<aggregate type>-<aggregate id>`.
    pub stream: &'a str,
    /// Its place in its stream.
    pub sequence: i64,
    /// What happened.
    pub r#type: &'a str,
    /// Version of the payload's shape.
    pub version: &'a str,
    /// When it was appended, with microseconds: `2025-03-01T12:00:00.123456Z`.
    pub recorded_at: &'a str,
    /// Canonical JSON.
    pub payload: &'a str,
    /// Canonical JSON.
    pub metadata: &'a str,
    /// The leaf that the record has of it, in hex: it need not be so.
    pub leaf: Option<&'a str>,
    /// Whether it also tells what its sealed fields hold, which the record does not.
    pub opened: bool,
}

/// A line is no event.
#[derive(Debug, thiserror::Error)]
#[error("not an event of an export: {0}")]
pub struct NotAnEvent(#[from] serde_json::Error);

/// An event as `application/x-ndjson` has it. Other members are passed over.
#[derive(Deserialize)]
struct Line<'a> {
    position: i64,
    event_id: &'a str,
    stream: &'a str,
    sequence: i64,
    r#type: &'a str,
    version: &'a str,
    recorded_at: &'a str,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    leaf: Option<&'a str>,
    opened: Option<IgnoredAny>,
}

/// An event as CloudEvents have it.
#[derive(Deserialize)]
pub(crate) struct CloudEvent<'a> {
    #[serde(deserialize_with = "number")]
    position: i64,
    id: &'a str,
    subject: &'a str,
    #[serde(deserialize_with = "number")]
    sequence: i64,
    r#type: &'a str,
    version: &'a str,
    time: &'a str,
    #[serde(borrow)]
    data: &'a RawValue,
    #[serde(borrow)]
    metadata: Cow<'a, str>,
    leaf: Option<&'a str>,
    opened: Option<IgnoredAny>,
}

/// A number in a text.
fn number<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    <&str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

impl<'a> Event<'a> {
    /// The event of a line.
    pub fn parse(line: &'a [u8]) -> Result<Self, NotAnEvent> {
        let line: Line<'a> = serde_json::from_slice(line)?;
        Ok(Self {
            position: line.position,
            event_id: line.event_id,
            stream: line.stream,
            sequence: line.sequence,
            r#type: line.r#type,
            version: line.version,
            recorded_at: line.recorded_at,
            payload: line.payload.get(),
            metadata: line.metadata.get(),
            leaf: line.leaf,
            opened: line.opened.is_some(),
        })
    }

    /// The leaf that it makes.
    pub(crate) fn made(&self) -> Result<Leaf, NotAnEvent> {
        let written = Written {
            event_id: self.event_id,
            metadata_sha256: Sha256Hex::of(self.metadata),
            payload_sha256: Sha256Hex::of(self.payload),
            position: self.position,
            recorded_at: self.recorded_at,
            sequence: self.sequence,
            stream: self.stream,
            r#type: self.r#type,
            version: self.version,
        };
        Ok(written.leaf()?)
    }

    /// The leaf that it claims.
    pub(crate) fn claimed(&self) -> Option<Leaf> {
        let mut leaf = [0; 32];
        hex::decode_to_slice(self.leaf?, &mut leaf).ok()?;
        Some(Leaf(leaf))
    }
}

impl<'a> CloudEvent<'a> {
    /// The event of a line, without the comma after it.
    pub(crate) fn parse(line: &'a [u8]) -> Result<Self, NotAnEvent> {
        Ok(serde_json::from_slice(line)?)
    }

    /// The same event.
    pub(crate) fn event(&self) -> Event<'_> {
        Event {
            position: self.position,
            event_id: self.id,
            stream: self.subject,
            sequence: self.sequence,
            r#type: self.r#type,
            version: self.version,
            recorded_at: self.time,
            payload: self.data.get(),
            metadata: &self.metadata,
            leaf: self.leaf,
            opened: self.opened.is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_event_is_read_of_either_form() {
        let line = r#"{"position":7,"event_id":"1","stream":"room-2","sequence":4,"type":"t","version":"1","recorded_at":"r","payload":{"b":1},"metadata":{"y":"\u0001"},"leaf":"00"}"#;
        let cloud = r#"{"specversion":"1.0","id":"1","source":"urn:uuid:9","type":"t","subject":"room-2","time":"r","position":"7","sequence":"4","version":"1","epoch":"2","metadata":"{\"y\":\"\\u0001\"}","leaf":"00","data":{"b":1}}"#;
        let cloud = CloudEvent::parse(cloud.as_bytes()).unwrap();
        assert_eq!(cloud.event(), Event::parse(line.as_bytes()).unwrap());
        assert!(CloudEvent::parse(line.as_bytes()).is_err());
    }

    #[test]
    fn what_is_opened_is_noticed_and_what_is_not_is_not() {
        let line = r#"{"position":7,"event_id":"1","stream":"s","sequence":4,"type":"t","version":"1","recorded_at":"r","payload":{},"metadata":{},"opened":OPENED}"#;
        let cloud = r#"{"id":"1","type":"t","subject":"s","time":"r","position":"7","sequence":"4","version":"1","metadata":"{}","data":{},"opened":OPENED}"#;
        for (written, opened) in [("null", false), ("{\"a\":1}", true), ("\"{}\"", true)] {
            let (line, cloud) = (line.replace("OPENED", written), cloud.replace("OPENED", written));
            assert_eq!(Event::parse(line.as_bytes()).unwrap().opened, opened, "{written}");
            assert_eq!(CloudEvent::parse(cloud.as_bytes()).unwrap().event().opened, opened, "{written}");
        }
    }
}
