//! What each event makes of a user's settings.

use super::{Settings, SettingsEvent};

impl Settings {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &SettingsEvent) {
        match event {
            SettingsEvent::SettingsUpdated { settings } => self.settings = settings.get().cloned(),
        }
    }
}
