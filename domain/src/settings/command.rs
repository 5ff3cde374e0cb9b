//! What can be asked of a user's settings.

use serde_json::Value;

use crate::id::UserId;

/// What is asked of a user's settings.
#[derive(Clone, Debug, PartialEq)]
pub enum SettingsCommand {
    /// Replaces them.
    Update {
        /// Whose.
        user: UserId,
        /// A JSON object of at most [`crate::text::SETTINGS_MAX`] bytes.
        settings: Value,
    },
}
