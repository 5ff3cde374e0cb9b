//! Where an imported fact came from.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

#[cfg(test)]
mod tests;

/// The source of an imported fact: ids are derived from it, so that a second import adds nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Imported {
    /// The kind of the source: `slack`, `mattermost`, `irc`.
    pub source: String,
    /// The fact's name in its source, such as a channel's id and a message's timestamp.
    pub source_id: String,
    /// What the source tells beyond today's facts (files, attachments), as it told it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<Sealed<Value>>,
}

/// An imported fact's origin as a command gives it: the decision seals `rest` with the key that the fact belongs to.
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The kind of the source: `slack`, `mattermost`, `irc`.
    pub source: String,
    /// The fact's name in its source. Stored in clear: it must not name a person or quote anyone.
    pub source_id: String,
    /// What the source tells beyond today's facts; nothing and `null` are the same.
    pub rest: Option<Value>,
}

impl Origin {
    /// The origin as stored, with what is personal in it sealed with `key`.
    pub(crate) fn seal(self, key: &KeyName) -> Result<Imported, Refusal> {
        let rest = self.rest.filter(|rest| !rest.is_null());
        rest.iter().try_for_each(|rest| text::json("/imported", rest))?;
        let rest = rest.map(|rest| Sealed::new(key.clone(), rest));
        Ok(Imported { source: self.source, source_id: self.source_id, rest })
    }
}
