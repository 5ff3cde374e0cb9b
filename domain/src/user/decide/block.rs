//! Blocking somebody, and letting them again.

use super::super::{BLOCKED_MAX, User, UserEvent};
use crate::id::UserId;
use crate::refusal::Refusal;

impl User {
    pub(super) fn block(&self, user: UserId, other: UserId) -> Result<Vec<UserEvent>, Refusal> {
        if user == other {
            return Err(Refusal::invalid("", "nobody blocks themself"));
        }
        if self.blocks(other) {
            return Ok(vec![]);
        }
        if self.blocked.len() >= BLOCKED_MAX {
            return Err(Refusal::LimitReached { what: "people whom you block", most: BLOCKED_MAX });
        }
        self.may_change()?;
        Ok(vec![UserEvent::UserBlocked { other }])
    }

    pub(super) fn unblock(&self, other: UserId) -> Vec<UserEvent> {
        if self.blocks(other) { vec![UserEvent::UserUnblocked { other }] } else { vec![] }
    }
}
