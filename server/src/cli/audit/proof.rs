//! One event, with what proves that the log has it.

use record::{Event, Head, VerifierKey};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::verify::{hashes, signed};
use crate::cli::Failed;

/// An event as auditors get it, a signed checkpoint of the log after it, and what leads from the one to the other.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    pub(super) event: Value,
    pub(super) checkpoint: String,
    /// Base64, in the order of RFC 9162.
    hashes: Vec<String>,
}

/// The event of a proof is none.
#[derive(Debug, thiserror::Error)]
#[error("the event of the proof is {0}")]
struct NotAnEvent(String);

impl Proof {
    /// The head of the log that has the event. Without keys, whoever signed it.
    pub(super) fn check(&self, keys: Option<&[VerifierKey]>) -> Result<Head, Failed> {
        let head = signed(self.checkpoint.as_bytes(), keys)?;
        // However it was laid out since: leaves are made of canonical JSON.
        let text = serde_json_canonicalizer::to_string(&self.event)?;
        let event = Event::parse(text.as_bytes()).map_err(|error| NotAnEvent(error.to_string()))?;
        head.includes(&event, &hashes(&self.hashes)?)?;
        Ok(head)
    }
}
