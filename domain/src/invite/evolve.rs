//! What each event makes of an invite.

use super::{Invite, InviteEvent};

impl Invite {
    /// Takes what happened, whatever came before.
    pub fn evolve(&mut self, event: &InviteEvent) {
        *self = match *event {
            InviteEvent::InviteCreated { room_id, created_by, max_uses, expires_at } => Self {
                room_id: Some(room_id),
                created_by: Some(created_by),
                max_uses,
                expires_at,
                uses: 0,
                revoked: false,
            },
            InviteEvent::InviteAccepted { room_id, user_id: _, uses, created_by, max_uses, expires_at } => Self {
                room_id: Some(room_id),
                created_by: Some(created_by),
                max_uses,
                expires_at,
                uses,
                revoked: false,
            },
            InviteEvent::InviteRevoked { room_id, by: _, uses } => {
                Self { room_id: Some(room_id), uses, revoked: true, ..Self::default() }
            }
        };
    }
}
