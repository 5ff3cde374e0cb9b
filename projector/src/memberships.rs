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
        muted: bool,
        muted_until: Option<OffsetDateTime>,
        pinned: bool,
        banned_position: Option<i64>,
        banned_at: Option<OffsetDateTime>,
        banned_by: Option<Uuid>,
        banned_until: Option<OffsetDateTime>,
        ban_reason: Option<String>,
        version: i64,
    }
}

pub(crate) struct Memberships;

impl Projection for Memberships {
    const NAME: &'static str = "memberships";
    const VERSION: i32 = 3;
    const DDL: &'static str = include_str!("../../migrations/read/membership.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Membership(fact) = &event.fact else { return };
        let (room, user) = whose(fact);
        if moves(fact) {
            rows.room_activities.want([room]);
        }
        if event.sequence > 1 {
            rows.memberships.want([room, user]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Membership(fact) = &event.fact else { return Ok(()) };
        let (room_id, user_id) = whose(fact);
        let membership = rows.memberships.change_or_make([room_id, user_id], || Membership {
            room_id,
            user_id,
            present: false,
            roles: vec![],
            joined_at: event.at,
            joined_position: event.position,
            muted: false,
            muted_until: None,
            pinned: false,
            banned_position: None,
            banned_at: None,
            banned_by: None,
            banned_until: None,
            ban_reason: None,
            version: 0,
        });
        membership.version = event.sequence;
        let was_present = membership.present;
        match fact {
            MembershipEvent::MembershipAdded { .. } | MembershipEvent::MembershipJoined { .. } => {
                membership.comes(event);
            }
            MembershipEvent::MembershipRolesAssigned { roles, .. } => {
                membership.roles = roles.iter().map(|role| role.0).collect();
            }
            MembershipEvent::MembershipLeft { .. } | MembershipEvent::MembershipRemoved { .. } => membership.goes(),
            MembershipEvent::MembershipBanned { by, reason, until, .. } => {
                membership.banned_position = Some(event.position);
                membership.banned_at = Some(event.at);
                membership.banned_by = Some(by.0);
                membership.banned_until = *until;
                membership.ban_reason = reason.as_ref().and_then(|reason| reason.get().cloned());
            }
            MembershipEvent::MembershipUnbanned { .. } => membership.is_let_in(),
            MembershipEvent::MembershipMuted { until, .. } => {
                membership.muted = true;
                membership.muted_until = *until;
            }
            MembershipEvent::MembershipUnmuted { .. } => {
                membership.muted = false;
                membership.muted_until = None;
            }
            MembershipEvent::MembershipPinned { .. } => membership.pinned = true,
            MembershipEvent::MembershipUnpinned { .. } => membership.pinned = false,
        }
        let change = i64::from(membership.present) - i64::from(was_present);
        if change != 0 {
            rows.activity(room_id).member_count += change;
        }
        Ok(())
    }
}

impl Membership {
    fn comes(&mut self, event: &Event) {
        if !self.present {
            self.present = true;
            self.joined_at = event.at;
            self.joined_position = event.position;
        }
        self.is_let_in();
    }

    /// What they had of the room ends; a ban does not.
    fn goes(&mut self) {
        self.present = false;
        self.roles.clear();
        self.muted = false;
        self.muted_until = None;
        self.pinned = false;
    }

    fn is_let_in(&mut self) {
        self.banned_position = None;
        self.banned_at = None;
        self.banned_by = None;
        self.banned_until = None;
        self.ban_reason = None;
    }
}

/// Whether it tells of a coming or going.
fn moves(fact: &MembershipEvent) -> bool {
    match fact {
        MembershipEvent::MembershipAdded { .. }
        | MembershipEvent::MembershipJoined { .. }
        | MembershipEvent::MembershipLeft { .. }
        | MembershipEvent::MembershipRemoved { .. } => true,
        MembershipEvent::MembershipRolesAssigned { .. }
        | MembershipEvent::MembershipBanned { .. }
        | MembershipEvent::MembershipUnbanned { .. }
        | MembershipEvent::MembershipMuted { .. }
        | MembershipEvent::MembershipUnmuted { .. }
        | MembershipEvent::MembershipPinned { .. }
        | MembershipEvent::MembershipUnpinned { .. } => false,
    }
}

/// Of which room and user it tells.
fn whose(fact: &MembershipEvent) -> (Uuid, Uuid) {
    match fact {
        MembershipEvent::MembershipAdded { room_id, user_id, .. }
        | MembershipEvent::MembershipJoined { room_id, user_id, .. }
        | MembershipEvent::MembershipRolesAssigned { room_id, user_id, .. }
        | MembershipEvent::MembershipLeft { room_id, user_id, .. }
        | MembershipEvent::MembershipRemoved { room_id, user_id, .. }
        | MembershipEvent::MembershipBanned { room_id, user_id, .. }
        | MembershipEvent::MembershipUnbanned { room_id, user_id, .. }
        | MembershipEvent::MembershipMuted { room_id, user_id, .. }
        | MembershipEvent::MembershipUnmuted { room_id, user_id, .. }
        | MembershipEvent::MembershipPinned { room_id, user_id, .. }
        | MembershipEvent::MembershipUnpinned { room_id, user_id, .. } => (room_id.0, user_id.0),
    }
}
