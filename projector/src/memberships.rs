//! Memberships: `migrations/read/membership.sql`.

use domain::membership::MembershipEvent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// Somebody's being in a room, or having been.
    struct Membership in "membership" by [room_id, user_id] {
        room_id: Uuid,
        user_id: Uuid,
        present: bool,
        roles: Vec<Uuid>,
        joined_at: OffsetDateTime,
        joined_position: i64,
        version: i64,
    }
}

pub(crate) struct Memberships;

impl Projection for Memberships {
    const NAME: &'static str = "memberships";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/membership.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Membership(fact) = &event.fact else { return };
        let (room, user, _) = told(fact);
        rows.room_activities.want([room]);
        if event.sequence > 1 {
            rows.memberships.want([room, user]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Membership(fact) = &event.fact else { return Ok(()) };
        let (room_id, user_id, present) = told(fact);
        let membership = rows.memberships.change_or_make([room_id, user_id], || Membership {
            room_id,
            user_id,
            present: false,
            roles: vec![],
            joined_at: event.at,
            joined_position: event.position,
            version: 0,
        });
        membership.version = event.sequence;
        if membership.present == present {
            return Ok(());
        }
        membership.present = present;
        if present {
            membership.joined_at = event.at;
            membership.joined_position = event.position;
            rows.activity(room_id).member_count += 1;
        } else {
            membership.roles.clear();
            rows.activity(room_id).member_count -= 1;
        }
        Ok(())
    }
}

/// Of which room and user it tells, and whether they are in it from then on.
fn told(fact: &MembershipEvent) -> (Uuid, Uuid, bool) {
    match fact {
        MembershipEvent::MembershipAdded { room_id, user_id, .. }
        | MembershipEvent::MembershipJoined { room_id, user_id, .. } => (room_id.0, user_id.0, true),
        MembershipEvent::MembershipLeft { room_id, user_id, .. }
        | MembershipEvent::MembershipRemoved { room_id, user_id, .. } => (room_id.0, user_id.0, false),
    }
}
