//! Somebody's membership of a room.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::id::{RoleId, RoomId, UserId};
use crate::refusal::Refusal;

pub use command::{MembershipChanges, MembershipCommand};
pub use event::MembershipEvent;

/// Somebody's membership of a room as its events left it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// Whether they are a member now.
    pub present: bool,
    /// Their roles; they end with the membership.
    pub roles: BTreeSet<RoleId>,
    /// Set while they may not come in; it may have run out.
    pub ban: Option<Ban>,
    /// Set while they want no notice of the room; it may have run out, and ends with the membership.
    pub mute: Option<Mute>,
    /// Whether they keep the room at the top; ends with the membership.
    pub pinned: bool,
    /// How many events it has.
    pub events: i64,
    /// The sequence of the event by which they came in last: without `view_history` they see what is after it.
    pub came: i64,
}

/// Somebody may not come into a room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// Why, while the banner's key exists.
    pub reason: Option<String>,
    /// When it runs out, without an event; none is never.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// Somebody wants no notice of a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mute {
    /// When it runs out, without an event; none is never.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
}

/// Most roles that a member has.
pub const MEMBER_ROLES_MAX: usize = 25;

/// Most changes of a membership: ten a week for ten years. Its stream is read whole by every command of theirs in the room,
/// and by whoever would remove them, and stays short.
pub const CHANGES_MAX: usize = 5_000;

impl Membership {
    /// The id of the stream of `user`'s membership of `room`.
    pub fn stream(room: RoomId, user: UserId) -> String {
        format!("{room}:{user}")
    }

    /// The ban that keeps them out at `now`.
    pub fn banned(&self, now: OffsetDateTime) -> Option<&Ban> {
        self.ban.as_ref().filter(|ban| lasts(ban.until, now))
    }

    /// The mute that holds at `now`.
    pub fn muted(&self, now: OffsetDateTime) -> Option<Mute> {
        self.mute.filter(|mute| lasts(mute.until, now))
    }
}

/// Whether what runs out at `until` has not at `now`.
fn lasts(until: Option<OffsetDateTime>, now: OffsetDateTime) -> bool {
    until.is_none_or(|until| now < until)
}

impl Aggregate for Membership {
    const TYPE: &'static str = "membership";
    type Command = MembershipCommand;
    type Event = MembershipEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: MembershipCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: MembershipEvent) {
        self.evolve(&event);
    }
}
