//! Giving a room to another owner.

use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::{Room, RoomEvent};

impl Room {
    /// Only the owner may, to who is a member; what they keep is what their roles give.
    pub(super) fn transfer(&self, by: &Standing, to: &Standing) -> Result<Vec<RoomEvent>, Refusal> {
        self.known_to(Some(by))?;
        by.in_group()?;
        by.open()?;
        if !by.owner {
            return Err(Refusal::NotTheOwner);
        }
        if !to.present {
            return Err(Refusal::invalid("/user_id", "is no member of this room"));
        }
        if self.owner == Some(to.user) {
            return Ok(vec![]);
        }
        Ok(vec![RoomEvent::RoomOwnershipTransferred { from: by.user, to: to.user }])
    }
}
