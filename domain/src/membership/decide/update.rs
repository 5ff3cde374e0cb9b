//! How somebody wants to have a room.

use time::OffsetDateTime;

use crate::id::RoomId;
use crate::membership::{Membership, MembershipChanges, MembershipEvent};
use crate::permission::Standing;
use crate::refusal::Refusal;

impl Membership {
    /// One event for each thing that becomes different; all or none.
    pub(super) fn update(
        &self,
        room: RoomId,
        by: &Standing,
        changes: MembershipChanges,
        at: OffsetDateTime,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        by.member()?;
        let (room_id, user_id) = (room, by.user);
        let mut events = vec![];
        match (self.muted(at), wanted(self, changes, at)?) {
            (None, Some(until)) => events.push(MembershipEvent::MembershipMuted { room_id, user_id, until }),
            (Some(mute), Some(until)) if mute.until != until => {
                events.push(MembershipEvent::MembershipMuted { room_id, user_id, until });
            }
            (Some(_), None) => events.push(MembershipEvent::MembershipUnmuted { room_id, user_id }),
            (None, None) | (Some(_), Some(_)) => {}
        }
        match changes.is_pinned {
            Some(true) if !self.pinned => events.push(MembershipEvent::MembershipPinned { room_id, user_id }),
            Some(false) if self.pinned => events.push(MembershipEvent::MembershipUnpinned { room_id, user_id }),
            Some(true | false) | None => {}
        }
        Ok(events)
    }
}

/// Whether they shall be muted, and until when.
#[expect(clippy::option_option, reason = "no mute, a mute without an end and one with an end are three things")]
fn wanted(
    membership: &Membership,
    changes: MembershipChanges,
    at: OffsetDateTime,
) -> Result<Option<Option<OffsetDateTime>>, Refusal> {
    let now = membership.muted(at).map(|mute| mute.until);
    if let Some(Some(until)) = changes.muted_until {
        if changes.is_muted == Some(false) {
            return Err(Refusal::invalid("/muted_until", "is of no use where is_muted is false"));
        }
        if until <= at {
            return Err(Refusal::invalid("/muted_until", "is not in the future"));
        }
        return Ok(Some(Some(until)));
    }
    Ok(match (changes.is_muted, changes.muted_until) {
        (Some(false), _) => None,
        (Some(true), Some(_)) => Some(None),
        (Some(true), None) => Some(now.flatten()),
        (None, Some(_)) => now.map(|_| None),
        (None, None) => now,
    })
}
