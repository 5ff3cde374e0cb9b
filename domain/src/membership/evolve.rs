//! What each event makes of a membership.

use super::{Ban, Membership, MembershipEvent, Mute};

impl Membership {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &MembershipEvent) {
        let (was_present, events) = (self.present, self.events + 1);
        match event {
            MembershipEvent::MembershipAdded { .. } | MembershipEvent::MembershipJoined { .. } => {
                self.present = true;
                // It had run out, or an import knows nothing of it.
                self.ban = None;
            }
            MembershipEvent::MembershipRolesAssigned { roles, .. } => self.roles.clone_from(roles),
            MembershipEvent::MembershipLeft { .. } | MembershipEvent::MembershipRemoved { .. } => {
                self.present = false;
                self.roles.clear();
                self.mute = None;
                self.pinned = false;
            }
            MembershipEvent::MembershipBanned { reason, until, .. } => {
                let reason = reason.as_ref().and_then(|reason| reason.get().cloned());
                self.ban = Some(Ban { reason, until: *until });
            }
            MembershipEvent::MembershipUnbanned { .. } => self.ban = None,
            MembershipEvent::MembershipMuted { until, .. } => self.mute = Some(Mute { until: *until }),
            MembershipEvent::MembershipUnmuted { .. } => self.mute = None,
            MembershipEvent::MembershipPinned { .. } => self.pinned = true,
            MembershipEvent::MembershipUnpinned { .. } => self.pinned = false,
        }
        self.events = events;
        if self.present && !was_present {
            self.came = events;
        }
    }
}
