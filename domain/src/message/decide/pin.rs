//! Pinning a message in its room, and taking its pin away.

use super::super::{Message, MessageEvent, PINS_MAX};
use crate::id::{RoomId, UserId};
use crate::imported::Origin;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;

impl Message {
    pub(super) fn pin(&self, room: RoomId, by: &Standing) -> Result<Vec<MessageEvent>, Refusal> {
        self.may_pin(room, by)?;
        if self.pinned {
            return Ok(vec![]);
        }
        if self.pins >= PINS_MAX {
            return Err(Refusal::LimitReached { what: "pinnings of this message", most: PINS_MAX });
        }
        Ok(vec![MessageEvent::MessagePinned { room_id: room, by: by.user, imported: None }])
    }

    /// Always possible: it is unpinned no more often than it was pinned.
    pub(super) fn unpin(&self, room: RoomId, by: &Standing) -> Result<Vec<MessageEvent>, Refusal> {
        self.may_pin(room, by)?;
        if !self.pinned {
            return Ok(vec![]);
        }
        Ok(vec![MessageEvent::MessageUnpinned { room_id: room, by: by.user }])
    }

    pub(super) fn import_pin(
        &self,
        room: RoomId,
        user: UserId,
        imported: Origin,
    ) -> Result<Vec<MessageEvent>, Refusal> {
        self.is_in(room)?;
        let key = self.readable()?;
        if self.pinned || self.was_unpinned {
            return Ok(vec![]);
        }
        let imported = Some(imported.seal(key)?);
        Ok(vec![MessageEvent::MessagePinned { room_id: room, by: user, imported }])
    }

    fn may_pin(&self, room: RoomId, by: &Standing) -> Result<(), Refusal> {
        by.member()?;
        self.is_in(room)?;
        by.open()?;
        self.readable()?;
        by.require(Permission::PinMessages)
    }
}
