//! Closing a room.

use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::{Room, RoomEvent};

impl Room {
    /// Only its owner may, and an admin of the instance; of an archived room too.
    pub(super) fn close(&self, by: &Standing, is_admin: bool) -> Result<Vec<RoomEvent>, Refusal> {
        if !self.is_there() {
            return Err(Refusal::NotFound);
        }
        if !is_admin {
            by.member()?;
            if !by.owner {
                return Err(Refusal::NotTheOwner);
            }
        }
        Ok(vec![RoomEvent::RoomClosed])
    }
}
