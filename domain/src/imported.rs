//! Where an imported fact came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sealed::Sealed;

/// The source of an imported fact: ids are derived from it, so that a second import adds nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The kind of the source: `slack`, `irc`.
    pub source: String,
    /// The fact's name in its source, such as a channel's id and a message's timestamp.
    pub source_id: String,
    /// What the source tells beyond today's facts (edits, reactions, pins, files), as it told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Sealed<Value>>,
}
