//! What can happen to the legal holds.

use serde::{Deserialize, Serialize};

use crate::id::{HoldId, RoomId, UserId};
use crate::sealed::Sealed;

/// What happened to the legal holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldsEvent {
    /// Something is kept from being erased.
    HoldPlaced {
        /// Names the hold.
        hold_id: HoldId,
        /// What was written in this room; none is everywhere.
        room_id: Option<RoomId>,
        /// What was written by this user; none is everybody.
        user_id: Option<UserId>,
        /// Why, with a key that outlives the auditor's account.
        reason: Sealed<String>,
    },
    /// It may be erased again.
    HoldLifted {
        /// The hold.
        hold_id: HoldId,
        /// Why, with a key that outlives the auditor's account.
        reason: Sealed<String>,
    },
}

crate::stored::stored_events! { HoldsEvent {
    HoldPlaced => "hold_placed",
    HoldLifted => "hold_lifted",
} }
