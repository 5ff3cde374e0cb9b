//! What each event makes of a membership.

use super::{Membership, MembershipEvent};

impl Membership {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &MembershipEvent) {
        match event {
            MembershipEvent::MembershipAdded { .. } | MembershipEvent::MembershipJoined { .. } => self.present = true,
            MembershipEvent::MembershipLeft { .. } | MembershipEvent::MembershipRemoved { .. } => {
                self.present = false;
                self.roles.clear();
            }
        }
    }
}
