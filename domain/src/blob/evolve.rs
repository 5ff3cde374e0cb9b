//! What each event makes of a blob's name.

use super::{BlobEvent, GivenUp};

impl GivenUp {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &BlobEvent) {
        match event {
            BlobEvent::BlobCondemned { names } => self.names = *names,
        }
    }
}
