//! Who may not come in.

use time::OffsetDateTime;

use crate::id::{RoomId, UserId};
use crate::membership::{Ban, Membership, MembershipEvent};
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Month, Sealed};
use crate::text;

impl Membership {
    /// Of an archived room too: it takes something away. Who is no member stands nowhere, unless the room is theirs.
    /// `reason` and `until` are the ban's, whatever it said before.
    pub(super) fn ban(
        &self,
        room: RoomId,
        by: &Standing,
        target: &Standing,
        is_owner: bool,
        ban: &Ban,
        at: OffsetDateTime,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        by.not_of_two()?;
        by.require(Permission::BanMembers)?;
        if is_owner {
            return Err(Refusal::Outranked);
        }
        if target.present {
            by.outrank(target.rank)?;
        }
        let reason = ban.reason.as_deref().map(text::optional_reason).transpose()?.flatten();
        if ban.until.is_some_and(|until| until <= at) {
            return Err(Refusal::invalid("/until", "is not in the future"));
        }
        let ban = Ban { reason, until: ban.until };
        let (room_id, user_id, until) = (room, target.user, ban.until);
        let mut events = vec![];
        if self.present {
            events.push(MembershipEvent::MembershipRemoved { room_id, user_id, by: by.user });
        }
        if self.ban.as_ref() != Some(&ban) {
            let key = KeyName::content(by.user, room, Month::of(at));
            let reason = ban.reason.map(|reason| Sealed::new(key, reason));
            events.push(MembershipEvent::MembershipBanned { room_id, user_id, by: by.user, reason, until });
        }
        Ok(events)
    }

    pub(super) fn unban(
        &self,
        room: RoomId,
        by: &Standing,
        user: UserId,
        at: OffsetDateTime,
    ) -> Result<Vec<MembershipEvent>, Refusal> {
        by.not_of_two()?;
        by.require(Permission::BanMembers)?;
        if self.banned(at).is_none() {
            return Err(Refusal::NotFound);
        }
        Ok(vec![MembershipEvent::MembershipUnbanned { room_id: room, user_id: user, by: by.user }])
    }
}
