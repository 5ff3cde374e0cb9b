//! What each event makes of a reading.

use super::{Reading, ReadingEvent};

impl Reading {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &ReadingEvent) {
        match event {
            ReadingEvent::ReadAdvanced { position, room_id: _, user_id: _ } => self.position = *position,
        }
    }
}
