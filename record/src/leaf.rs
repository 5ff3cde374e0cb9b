//! An event as a leaf.

use serde::Serialize;
use sha2::{Digest, Sha256};
use tlog_tiles::{Hash, record_hash};

/// A leaf: the RFC 6962 hash of an event's canonical JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf(pub [u8; 32]);

impl Leaf {
    pub(crate) fn hash(self) -> Hash {
        Hash(self.0)
    }
}

/// An event as it is hashed. The fields are in the order that RFC 8785 has them in.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Written<'a> {
    /// Unique.
    pub event_id: &'a str,
    /// SHA-256 of the metadata's canonical JSON, in lower-case hex.
    pub metadata_sha256: Sha256Hex,
    /// SHA-256 of the payload's canonical JSON, in lower-case hex.
    pub payload_sha256: Sha256Hex,
    /// Its place in the one total order.
    pub position: i64,
    /// When it was appended, with microseconds: `2025-03-01T12:00:00.123456Z`.
    pub recorded_at: &'a str,
    /// Its place in its stream.
    pub sequence: i64,
    /// `<aggregate type>-<aggregate id>`.
    pub stream: &'a str,
    /// What happened.
    pub r#type: &'a str,
    /// Version of the payload's shape.
    pub version: &'a str,
}

impl Written<'_> {
    /// The leaf.
    pub fn leaf(&self) -> Result<Leaf, serde_json::Error> {
        Ok(Leaf(record_hash(&serde_json::to_vec(self)?).0))
    }
}

/// A SHA-256, written in lower-case hex.
#[derive(Clone, Copy, Debug)]
pub struct Sha256Hex([u8; 32]);

impl Sha256Hex {
    /// That of a text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl Serialize for Sha256Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut hex = [0; 64];
        hex::encode_to_slice(self.0, &mut hex).map_err(serde::ser::Error::custom)?;
        serializer.serialize_str(std::str::from_utf8(&hex).map_err(serde::ser::Error::custom)?)
    }
}
