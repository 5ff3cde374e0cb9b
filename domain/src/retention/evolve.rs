//! What each event makes of a room's retention.

use super::{Expiry, RetentionEvent};

impl Expiry {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &RetentionEvent) {
        match event {
            RetentionEvent::MessagesExpired { erasure, .. } => self.last = Some(erasure.id),
        }
    }
}
