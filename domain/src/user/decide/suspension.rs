//! What an account answers to who would suspend its person.

use super::{User, UserEvent};
use crate::id::UserId;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;
use crate::user::InstanceRole;

impl User {
    /// Nobody stands above themself or another administrator, whose role must be taken first: so the last one can
    /// neither lock everybody out nor be locked out.
    pub(super) fn suspend(&self, user: UserId, by: UserId, reason: Option<String>) -> Result<Vec<UserEvent>, Refusal> {
        if user == by || self.roles.contains(&InstanceRole::Admin) {
            return Err(Refusal::Outranked);
        }
        let reason = reason.map(|reason| text::optional_reason(&reason)).transpose()?.flatten();
        if self.suspended {
            return Ok(vec![]);
        }
        let reason = reason.map(|reason| Sealed::new(KeyName::suspension(by, user), reason));
        Ok(vec![UserEvent::UserSuspended { by, reason, generation: self.next_generation() }])
    }
}
