//! How often a membership changes: its stream is read whole, and stays short.

use crate::membership::{CHANGES_MAX, Membership, MembershipEvent};
use crate::refusal::Refusal;

impl Membership {
    /// Refuses more changes than there may be. To put somebody out, to keep them out for good and to take their roles is
    /// always possible, and to leave: then they stay out.
    pub(super) fn within_limits(&self, events: Vec<MembershipEvent>) -> Result<Vec<MembershipEvent>, Refusal> {
        let full = usize::try_from(self.events).is_ok_and(|events| events >= CHANGES_MAX);
        if full && events.iter().any(|event| !self.is_last(event)) {
            return Err(Refusal::LimitReached { what: "changes of this membership", most: CHANGES_MAX });
        }
        Ok(events)
    }

    /// Whether there is nothing of its kind after it, unless something else comes between.
    fn is_last(&self, event: &MembershipEvent) -> bool {
        match event {
            MembershipEvent::MembershipLeft { .. } | MembershipEvent::MembershipRemoved { .. } => true,
            MembershipEvent::MembershipRolesAssigned { roles, .. } => roles.is_subset(&self.roles),
            MembershipEvent::MembershipBanned { until, .. } => {
                until.is_none() && self.ban.as_ref().is_none_or(|ban| ban.until.is_some())
            }
            MembershipEvent::MembershipAdded { .. }
            | MembershipEvent::MembershipJoined { .. }
            | MembershipEvent::MembershipUnbanned { .. }
            | MembershipEvent::MembershipMuted { .. }
            | MembershipEvent::MembershipUnmuted { .. }
            | MembershipEvent::MembershipPinned { .. }
            | MembershipEvent::MembershipUnpinned { .. } => false,
        }
    }
}
