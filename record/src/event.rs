//! An event as an export has it.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::leaf::Sha256Hex;
use crate::{Leaf, Written};

/// An event of an export, a JSON object. Other members, such as `opened`, are passed over.
#[derive(Debug, Deserialize)]
pub struct Event<'a> {
    /// Its place in the one total order.
    pub position: i64,
    #[serde(rename = "event_id")]
    id: &'a str,
    stream: &'a str,
    sequence: i64,
    r#type: &'a str,
    version: &'a str,
    recorded_at: &'a str,
    #[serde(borrow)]
    payload: &'a RawValue,
    #[serde(borrow)]
    metadata: &'a RawValue,
    /// The leaf that the record has of it, in hex: it need not be so.
    leaf: Option<&'a str>,
}

/// A line is no event.
#[derive(Debug, thiserror::Error)]
#[error("not an event of an export: {0}")]
pub struct NotAnEvent(#[from] serde_json::Error);

impl<'a> Event<'a> {
    /// The event of a line.
    pub fn parse(line: &'a [u8]) -> Result<Self, NotAnEvent> {
        Ok(serde_json::from_slice(line)?)
    }

    /// The leaf that it makes.
    pub(crate) fn made(&self) -> Result<Leaf, NotAnEvent> {
        let written = Written {
            event_id: self.id,
            metadata_sha256: Sha256Hex::of(self.metadata.get()),
            payload_sha256: Sha256Hex::of(self.payload.get()),
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
