//! What a user's settings answer.

use super::{Settings, SettingsCommand, SettingsEvent};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Settings {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: SettingsCommand) -> Result<Vec<SettingsEvent>, Refusal> {
        match command {
            SettingsCommand::Update { user, settings } => {
                text::settings(&settings)?;
                if self.settings.as_ref() == Some(&settings) {
                    return Ok(vec![]);
                }
                Ok(vec![SettingsEvent::SettingsUpdated { settings: Sealed::new(KeyName::user(user), settings) }])
            }
        }
    }
}
