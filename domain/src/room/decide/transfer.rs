//! Giving a room to another owner.

use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::{Room, RoomEvent, RoomType};

impl Room {
    /// Only the owner may, to who is a member; what they keep is what their roles give.
    pub(super) fn transfer(&self, by: &Standing, to: &Standing) -> Result<Vec<RoomEvent>, Refusal> {
        self.known_to(Some(by))?;
        by.in_group()?;
        by.open()?;
        if !by.owner {
            return Err(Refusal::NotTheOwner);
        }
        self.give(to)
    }

    /// An archived one too: nobody else could take it out of there.
    pub(super) fn appoint(&self, to: &Standing) -> Result<Vec<RoomEvent>, Refusal> {
        if !self.is_there() {
            return Err(Refusal::NotFound);
        }
        if self.room_type != RoomType::Group {
            return Err(Refusal::GroupsOnly);
        }
        self.give(to)
    }

    fn give(&self, to: &Standing) -> Result<Vec<RoomEvent>, Refusal> {
        if !to.present {
            return Err(Refusal::invalid("/user_id", "is no member of this room"));
        }
        if self.owner == Some(to.user) {
            return Ok(vec![]);
        }
        Ok(vec![RoomEvent::RoomOwnershipTransferred { from: self.owner, to: to.user }])
    }
}
