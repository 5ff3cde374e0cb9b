//! What each event makes of somebody's reactions to a message.

use super::{Reaction, ReactionEvent};

impl Reaction {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &ReactionEvent) {
        match event {
            ReactionEvent::ReactionAdded { emoji, .. } => {
                self.reactions += 1;
                if emoji.key().is_of_a_reaction() {
                    self.key = Some(emoji.key().clone());
                }
                if let Some(readable) = emoji.get() {
                    self.taken_back.remove(readable);
                    self.emoji.insert(readable.clone(), emoji.key().clone());
                }
            }
            ReactionEvent::ReactionRemoved { emoji, .. } => {
                if let Some(readable) = emoji.get() {
                    self.emoji.remove(readable);
                    self.taken_back.insert(readable.clone());
                }
            }
        }
    }
}
