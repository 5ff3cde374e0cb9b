//! What a room's retention answers.

use super::{Expiry, RetentionCommand, RetentionEvent};
use crate::erasure::Erasure;
use crate::refusal::Refusal;

impl Expiry {
    /// Answers a command with the facts it makes true; an empty list means that nothing is to end.
    pub fn decide(&self, command: RetentionCommand) -> Result<Vec<RetentionEvent>, Refusal> {
        let RetentionCommand::Expire { room, keeps, keys, holds, forwarded, at } = command;
        let Some(keeps) = keeps else { return Ok(vec![]) };
        let ends = keys.into_iter().filter(|key| !forwarded.contains(key)).filter(|key| {
            key.content_of().is_some_and(|(author, of, month)| {
                of == room && keeps.is_over(month, at) && holds.let_go(author, room).is_ok()
            })
        });
        let mut ends = ends.collect::<Vec<_>>().into_iter();
        let Some(first) = ends.next() else { return Ok(vec![]) };
        let erasure = Erasure::of(first).with(ends);
        if self.last == Some(erasure.id) {
            return Ok(vec![]);
        }
        Ok(vec![RetentionEvent::MessagesExpired { room_id: room, erasure }])
    }
}
