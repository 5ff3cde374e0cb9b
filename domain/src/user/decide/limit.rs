//! How often an account changes: its stream is read whole, and stays short.

use crate::refusal::Refusal;
use crate::user::{CHANGES_MAX, GENERATIONS_MAX, User};

impl User {
    /// Refuses another name, picture, email or blocking where there were as many as there may be.
    pub(super) fn may_change(&self) -> Result<(), Refusal> {
        if self.changes < CHANGES_MAX {
            return Ok(());
        }
        Err(Refusal::LimitReached { what: "changes of your account", most: CHANGES_MAX })
    }

    /// Refuses to end sessions once more where that was done as often as may be; a new password ends them then.
    pub(super) fn may_end_sessions(&self) -> Result<(), Refusal> {
        if self.generation < GENERATIONS_MAX {
            return Ok(());
        }
        let most = usize::try_from(GENERATIONS_MAX).unwrap_or(usize::MAX);
        Err(Refusal::LimitReached { what: "times that your sessions were ended", most })
    }
}
