//! What each event makes of the legal holds.

use super::{Hold, Holds, HoldsEvent, Kept};

impl Holds {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &HoldsEvent) {
        match event {
            HoldsEvent::HoldPlaced { hold_id, room_id, user_id, reason } => {
                let keeps = Kept { room_id: *room_id, user_id: *user_id };
                self.placed.insert(*hold_id, Hold { keeps, reason: reason.get().cloned(), lifted: false });
            }
            HoldsEvent::HoldLifted { hold_id, reason: _ } => {
                if let Some(hold) = self.placed.get_mut(hold_id) {
                    hold.lifted = true;
                }
            }
        }
    }
}
