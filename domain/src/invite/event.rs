//! What can happen to an invite.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{RoomId, UserId};

/// What happened to an invite. Each event tells all that the next decision needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum InviteEvent {
    /// It was made.
    InviteCreated {
        /// To which room.
        room_id: RoomId,
        /// By whom.
        created_by: UserId,
        /// How often it may be accepted; none is without a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_uses: Option<u32>,
        /// When it runs out, without an event; none is never.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        expires_at: Option<OffsetDateTime>,
    },
    /// Somebody used it.
    InviteAccepted {
        /// To which room.
        room_id: RoomId,
        /// Who came in by it.
        user_id: UserId,
        /// How often it was accepted, this time included.
        uses: u32,
        /// By whom it was made.
        created_by: UserId,
        /// How often it may be accepted; none is without a limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_uses: Option<u32>,
        /// When it runs out, without an event; none is never.
        #[serde(default, with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
        expires_at: Option<OffsetDateTime>,
    },
    /// It was taken back.
    InviteRevoked {
        /// To which room it was.
        room_id: RoomId,
        /// Who took it back.
        by: UserId,
        /// How often it was accepted.
        uses: u32,
    },
}

crate::stored::stored_events! { InviteEvent {
    InviteCreated => "invite_created",
    InviteAccepted => "invite_accepted",
    InviteRevoked => "invite_revoked",
} }
