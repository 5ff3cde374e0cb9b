//! What an erasure answers.

use super::{Completion, CompletionCommand, CompletionEvent};
use crate::refusal::Refusal;

impl Completion {
    /// Answers a command with the facts it makes true; an empty list means they already were: an erasure is over once.
    pub fn decide(&self, command: CompletionCommand) -> Result<Vec<CompletionEvent>, Refusal> {
        match command {
            CompletionCommand::Finish(_) if self.finished => Ok(vec![]),
            CompletionCommand::Finish(finished) => Ok(vec![CompletionEvent::ErasureFinished(finished)]),
        }
    }
}
