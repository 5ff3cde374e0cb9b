//! What each event makes of the set of administrators.

use super::{Admins, AdminsEvent};

impl Admins {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &AdminsEvent) {
        match event {
            AdminsEvent::AdminAdded { user_id } => {
                self.members.insert(*user_id);
            }
            AdminsEvent::AdminRemoved { user_id } => {
                self.members.remove(user_id);
            }
        }
    }
}
