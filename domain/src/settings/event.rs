//! What can happen to a user's settings.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::sealed::Sealed;

/// What happened to a user's settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum SettingsEvent {
    /// They were replaced.
    SettingsUpdated {
        /// A JSON object, with the user's key.
        settings: Sealed<Value>,
    },
}

crate::stored::stored_events! { SettingsEvent {
    SettingsUpdated => "settings_updated",
} }
