//! What an account answers to who would give its person a role on the whole instance, or take it.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};

use super::{User, UserEvent};
use crate::id::UserId;
use crate::refusal::Refusal;
use crate::user::InstanceRole;

/// How long one administrator's word waits for another's.
const CONFIRMED_WITHIN: Duration = Duration::hours(24);

impl User {
    pub(super) fn grant_role(&self, role: InstanceRole) -> Result<Vec<UserEvent>, Refusal> {
        if self.roles.contains(&role) {
            return Ok(vec![]);
        }
        if self.suspended {
            return Err(Refusal::Suspended);
        }
        Ok(vec![UserEvent::UserRoleGranted { role }])
    }

    pub(super) fn revoke_role(&self, role: InstanceRole) -> Vec<UserEvent> {
        let is_there = self.roles.contains(&role) || self.proposed.contains_key(&role);
        if is_there { vec![UserEvent::UserRoleRevoked { role }] } else { vec![] }
    }

    /// The word of who is no administrator any more does not count, nor does one twice.
    pub(super) fn agree_on_auditor(
        &self,
        by: UserId,
        admins: &BTreeSet<UserId>,
        at: OffsetDateTime,
    ) -> Result<Vec<UserEvent>, Refusal> {
        let role = InstanceRole::Auditor;
        if self.roles.contains(&role) {
            return Ok(vec![]);
        }
        if self.suspended {
            return Err(Refusal::Suspended);
        }
        let stands = |by: &UserId| admins.contains(by);
        match self.proposed.get(&role).filter(|proposal| at < proposal.expires_at && stands(&proposal.by)) {
            Some(proposal) if proposal.by == by => Ok(vec![]),
            Some(_) => Ok(vec![UserEvent::UserRoleGranted { role }]),
            None => Ok(vec![UserEvent::UserRoleProposed { role, by, expires_at: at + CONFIRMED_WITHIN }]),
        }
    }
}
