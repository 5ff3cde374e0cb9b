//! Who blocks whom: `migrations/read/block.sql`.

use domain::user::UserEvent;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// Somebody's being blocked by somebody, or having been.
    struct Block in "block" by [user_id, blocked_id] {
        user_id: Uuid,
        blocked_id: Uuid,
        present: bool,
        blocked_at: OffsetDateTime,
        blocked_position: i64,
    }
}

pub(crate) struct Blocks;

impl Projection for Blocks {
    const NAME: &'static str = "blocks";
    const VERSION: i32 = 1;
    const DDL: &'static str = include_str!("../../migrations/read/block.sql");

    fn want(rows: &mut Rows, event: &Event) {
        if let Fact::User(id, UserEvent::UserBlocked { other } | UserEvent::UserUnblocked { other }) = &event.fact {
            rows.blocks.want([*id, other.0]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::User(user_id, fact) = &event.fact else { return Ok(()) };
        match fact {
            UserEvent::UserBlocked { other } => {
                let make = || Block {
                    user_id: *user_id,
                    blocked_id: other.0,
                    present: false,
                    blocked_at: event.at,
                    blocked_position: event.position,
                };
                let block = rows.blocks.change_or_make([*user_id, other.0], make);
                block.present = true;
                block.blocked_at = event.at;
                block.blocked_position = event.position;
            }
            UserEvent::UserUnblocked { other } => {
                rows.blocks.change([*user_id, other.0]).ok_or(Poison::NothingToChange)?.present = false;
            }
            UserEvent::UserRegistered { .. }
            | UserEvent::UserRenamed { .. }
            | UserEvent::UserAvatarChanged { .. }
            | UserEvent::UserPasswordChanged { .. }
            | UserEvent::UserPasswordReset { .. }
            | UserEvent::UserEmailChanged { .. }
            | UserEvent::UserEmailVerified
            | UserEvent::UserRoleProposed { .. }
            | UserEvent::UserSuspended { .. }
            | UserEvent::UserReinstated
            | UserEvent::UserSessionsRevoked { .. }
            | UserEvent::UserRoleGranted { .. }
            | UserEvent::UserRoleRevoked { .. }
            | UserEvent::UserErased { .. } => {}
        }
        Ok(())
    }
}
