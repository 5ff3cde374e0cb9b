//! Invites: `migrations/read/invite.sql`.

use domain::invite::InviteEvent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// An invite to a room.
    struct Invite in "invite" by [id] {
        id: Uuid,
        room_id: Uuid,
        created_by: Uuid,
        created_at: OffsetDateTime,
        position: i64,
        max_uses: Option<i64>,
        uses: i64,
        expires_at: Option<OffsetDateTime>,
        revoked: bool,
        version: i64,
    }
}

pub(crate) struct Invites;

impl Projection for Invites {
    const NAME: &'static str = "invites";
    const VERSION: i32 = 2;
    const DDL: &'static str = include_str!("../../migrations/read/invite.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Invite(id, fact) = &event.fact else { return };
        match fact {
            InviteEvent::InviteCreated { .. } => {}
            InviteEvent::InviteAccepted { .. } | InviteEvent::InviteRevoked { .. } => rows.invites.want([*id]),
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Invite(id, fact) = &event.fact else { return Ok(()) };
        if let InviteEvent::InviteCreated { room_id, created_by, max_uses, expires_at } = fact {
            return rows.invites.make(Invite {
                id: *id,
                room_id: room_id.0,
                created_by: created_by.0,
                created_at: event.at,
                position: event.position,
                max_uses: max_uses.map(i64::from),
                uses: 0,
                expires_at: *expires_at,
                revoked: false,
                version: event.sequence,
            });
        }
        let invite = rows.invites.change([*id]).ok_or(Poison::NothingToChange)?;
        invite.version = event.sequence;
        match fact {
            InviteEvent::InviteCreated { .. } => {}
            InviteEvent::InviteAccepted { uses, .. } => invite.uses = i64::from(*uses),
            InviteEvent::InviteRevoked { .. } => invite.revoked = true,
        }
        Ok(())
    }
}
