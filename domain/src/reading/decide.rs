//! What a reading answers.

use super::{Reading, ReadingCommand, ReadingEvent};
use crate::refusal::Refusal;

impl Reading {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: ReadingCommand) -> Result<Vec<ReadingEvent>, Refusal> {
        match command {
            ReadingCommand::Advance { room, by, position, newest } => {
                by.member()?;
                if position < 0 {
                    return Err(Refusal::invalid("/position", "is below 0"));
                }
                if position > newest {
                    return Err(Refusal::PositionUnknown);
                }
                if position <= self.position {
                    return Ok(vec![]);
                }
                Ok(vec![ReadingEvent::ReadAdvanced { room_id: room, user_id: by.user, position }])
            }
        }
    }
}
