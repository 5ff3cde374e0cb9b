//! What the legal holds answer.

use super::{Holds, HoldsCommand, HoldsEvent, Kept};
use crate::id::{HoldId, UserId};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

/// Most holds that there ever are: every erasure looks at all of them.
pub(super) const HOLDS_MAX: usize = 1000;

impl Holds {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: HoldsCommand) -> Result<Vec<HoldsEvent>, Refusal> {
        match command {
            HoldsCommand::Place { id, by, keeps, reason } => self.place(id, by, keeps, &reason),
            HoldsCommand::Lift { id, by, reason } => match self.placed.get(&id) {
                None => Err(Refusal::NotFound),
                Some(hold) if hold.lifted => Ok(vec![]),
                Some(_) => Ok(vec![HoldsEvent::HoldLifted { hold_id: id, reason: sealed(by, &reason)? }]),
            },
        }
    }

    fn place(&self, hold_id: HoldId, by: UserId, keeps: Kept, reason: &str) -> Result<Vec<HoldsEvent>, Refusal> {
        let reason = sealed(by, reason)?;
        let Kept { room_id, user_id } = keeps;
        match self.placed.get(&hold_id) {
            Some(hold) if hold.keeps != keeps || hold.reason.as_ref() != reason.get() => Err(Refusal::IdTaken),
            Some(hold) if hold.lifted => Err(Refusal::HoldLifted),
            Some(_) => Ok(vec![]),
            None if room_id.is_none() && user_id.is_none() => {
                Err(Refusal::invalid("", "needs a room_id, a user_id, or both"))
            }
            None if self.placed.len() == HOLDS_MAX => {
                Err(Refusal::LimitReached { what: "legal holds", most: HOLDS_MAX })
            }
            None => Ok(vec![HoldsEvent::HoldPlaced { hold_id, room_id, user_id, reason }]),
        }
    }
}

/// A reason, which outlives the auditor's account.
fn sealed(by: UserId, reason: &str) -> Result<Sealed<String>, Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::invalid("/reason", "must not be empty"));
    }
    let reason = text::reason(reason)?;
    Ok(Sealed::new(KeyName::audit(by), reason))
}
