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

/// An event as `application/x-ndjson` has it. Another member is refused: whoever reads the export would take it for a part of the
/// record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
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

/// An event as CloudEvents have it, and no other member.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CloudEvent<'a> {
    #[serde(rename = "specversion")]
    _spec: Spec,
    #[serde(rename = "datacontenttype")]
    _content: Content,
    /// Which history of the log it says it is of: `urn:uuid:` and what names that.
    pub(crate) source: &'a str,
    /// The number of that history.
    #[serde(deserialize_with = "number")]
    pub(crate) epoch: i64,
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

/// The version of CloudEvents that exports are written in.
#[derive(Deserialize)]
enum Spec {
    #[serde(rename = "1.0")]
    One,
}

/// What data is in them.
#[derive(Deserialize)]
enum Content {
    #[serde(rename = "application/json")]
    Json,
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

    const LINE: &str = r#"{"position":7,"event_id":"1","stream":"room-2","sequence":4,"type":"t","version":"1","recorded_at":"r","payload":{"b":1},"metadata":{"y":"\u0001"},MORE}"#;
    const CLOUD: &str = r#"{"specversion":"1.0","id":"1","source":"urn:uuid:9","type":"t","subject":"room-2","time":"r","datacontenttype":"application/json","position":"7","sequence":"4","version":"1","epoch":"2","metadata":"{\"y\":\"\\u0001\"}","data":{"b":1},MORE}"#;

    #[test]
    fn the_same_event_is_read_of_either_form() {
        let line = LINE.replace("MORE", r#""leaf":"00""#);
        let cloud = CLOUD.replace("MORE", r#""leaf":"00""#);
        let cloud = CloudEvent::parse(cloud.as_bytes()).unwrap();
        assert_eq!(cloud.event(), Event::parse(line.as_bytes()).unwrap());
        assert!(CloudEvent::parse(line.as_bytes()).is_err());
    }

    #[test]
    fn what_is_opened_is_noticed_and_what_is_not_is_not() {
        for (written, opened) in [("null", false), ("{\"a\":1}", true), ("\"{}\"", true)] {
            let more = format!("\"opened\":{written}");
            let (line, cloud) = (LINE.replace("MORE", &more), CLOUD.replace("MORE", &more));
            assert_eq!(Event::parse(line.as_bytes()).unwrap().opened, opened, "{written}");
            assert_eq!(CloudEvent::parse(cloud.as_bytes()).unwrap().event().opened, opened, "{written}");
        }
    }

    #[test]
    fn what_no_export_has_is_refused() {
        for more in [r#""note":"x""#, r#""Payload":{}"#, r#""leaf":null,"leaf":"00""#, r#""payload":{},"data":{}"#] {
            let (line, cloud) = (LINE.replace("MORE", more), CLOUD.replace("MORE", more));
            assert!(Event::parse(line.as_bytes()).is_err(), "{more}");
            assert!(CloudEvent::parse(cloud.as_bytes()).is_err(), "{more}");
        }
        let cloud = CLOUD.replace("MORE", r#""leaf":null"#);
        for (told, otherwise) in [("\"1.0\"", "\"0.3\""), ("application/json", "text/plain"), ("\"2\"", "\"two\"")] {
            assert!(CloudEvent::parse(cloud.replace(told, otherwise).as_bytes()).is_err(), "{otherwise}");
        }
        assert!(CloudEvent::parse(cloud.as_bytes()).is_ok());
    }
}
