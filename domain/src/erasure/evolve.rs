//! What each event makes of an erasure.

use super::{Completion, CompletionEvent};

impl Completion {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &CompletionEvent) {
        match event {
            CompletionEvent::ErasureFinished(_) => self.finished = true,
        }
    }
}
