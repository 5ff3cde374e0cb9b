//! What a blob's name answers.

use super::{BlobCommand, BlobEvent, GivenUp};
use crate::refusal::Refusal;

impl GivenUp {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: BlobCommand) -> Result<Vec<BlobEvent>, Refusal> {
        match command {
            BlobCommand::Condemn { name } if name == self.name(Self::stream(&name)) => {
                Ok(vec![BlobEvent::BlobCondemned { names: self.names.saturating_add(1) }])
            }
            BlobCommand::Condemn { .. } => Ok(vec![]),
        }
    }
}
