//! A room, and who may do what in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Number, Who};
use crate::model::permissions::{Permissions, place};

/// What kind of room it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Group,
    Dialog,
    Secret,
}

/// A room.
#[derive(Clone, Debug)]
pub(in super::super) struct Room {
    pub(in super::super) kind: Kind,
    pub(in super::super) public: bool,
    pub(in super::super) name: Option<String>,
    pub(in super::super) topic: Option<String>,
    pub(in super::super) permissions: Permissions,
    pub(in super::super) roles: BTreeMap<Number, Role>,
    /// Roles that were deleted.
    pub(in super::super) former: BTreeSet<Number>,
    pub(in super::super) owner: Option<Who>,
    pub(in super::super) made_by: Who,
    pub(in super::super) made_at: i64,
    pub(in super::super) tick: i64,
    /// Both members of a room of two.
    pub(in super::super) pair: Vec<Who>,
    pub(in super::super) archived: bool,
    pub(in super::super) closed: bool,
    pub(in super::super) retain_for: Option<&'static str>,
    pub(in super::super) version: i64,
    pub(in super::super) members: BTreeMap<Who, Member>,
    /// How often somebody's membership changed, whether they are in it or not.
    pub(in super::super) changes: BTreeMap<Who, i64>,
    pub(in super::super) bans: BTreeMap<Who, Ban>,
    /// How far somebody has read.
    pub(in super::super) read: BTreeMap<Who, i64>,
    pub(in super::super) notices: Vec<Notice>,
}

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Role {
    pub(in super::super) name: String,
    pub(in super::super) rank: i64,
    pub(in super::super) allow: Permissions,
    pub(in super::super) deny: Permissions,
    pub(in super::super) version: i64,
}

/// Somebody who is in a room.
#[derive(Clone, Debug, Default)]
#[expect(clippy::option_option, reason = "no mute, a mute without an end and one with an end are three things")]
pub(in super::super) struct Member {
    /// Roles, some of which may have been deleted since.
    pub(in super::super) roles: BTreeSet<Number>,
    /// When they came in last, in the order of everything, and among those who came at once.
    pub(in super::super) since: i64,
    pub(in super::super) place: usize,
    /// The minute.
    pub(in super::super) joined_at: i64,
    /// Whether they are muted, and until when.
    pub(in super::super) mute: Option<Option<i64>>,
    pub(in super::super) kept: bool,
}

/// Somebody may not come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Ban {
    pub(in super::super) by: Who,
    pub(in super::super) reason: Option<String>,
    pub(in super::super) until: Option<i64>,
    pub(in super::super) at: i64,
    pub(in super::super) tick: i64,
}

/// What happened, told between the messages.
#[derive(Clone, Debug)]
pub(in super::super) struct Notice {
    pub(in super::super) kind: &'static str,
    pub(in super::super) by: Who,
    pub(in super::super) event: Value,
    pub(in super::super) at: i64,
    pub(in super::super) tick: i64,
}

/// How high somebody stands: the owner above all, who has no role below all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Rank {
    None,
    Role(i64),
    Owner,
}

impl Room {
    /// The roles that a member has and the room too.
    pub(in super::super) fn roles_of(&self, who: Who) -> Vec<(Number, &Role)> {
        let Some(member) = self.members.get(&who) else { return vec![] };
        member.roles.iter().filter_map(|role| Some((*role, self.roles.get(role)?))).collect()
    }

    pub(in super::super) fn owns(&self, who: Who) -> bool {
        self.owner == Some(who) && self.members.contains_key(&who)
    }

    pub(in super::super) fn rank(&self, who: Who) -> Rank {
        if self.owns(who) {
            return Rank::Owner;
        }
        self.roles_of(who).iter().map(|(_, role)| Rank::Role(role.rank)).max().unwrap_or(Rank::None)
    }

    /// Whether somebody holds a permission, by its place.
    pub(in super::super) fn holds(&self, who: Who, permission: usize) -> bool {
        let roles = self.roles_of(who);
        let denied = roles.iter().any(|(_, role)| role.deny.contains(&permission));
        let allowed = roles.iter().any(|(_, role)| role.allow.contains(&permission));
        let is_member = self.members.contains_key(&who);
        is_member && (self.owns(who) || !denied && (allowed || self.permissions.contains(&permission)))
    }

    /// Whether somebody holds a permission, by its name.
    pub(in super::super) fn may(&self, who: Who, permission: &str) -> bool {
        self.holds(who, place(permission))
    }

    pub(in super::super) fn holds_all(&self, who: Who, permissions: impl IntoIterator<Item = usize>) -> bool {
        permissions.into_iter().all(|permission| self.holds(who, permission))
    }

    /// Whom somebody talks to in a room of two.
    pub(in super::super) fn other(&self, who: Who) -> Option<Who> {
        self.pair.iter().copied().find(|other| *other != who)
    }

    pub(in super::super) fn is_banned(&self, who: Who, now: i64) -> bool {
        self.bans.get(&who).is_some_and(|ban| ban.until.is_none_or(|until| now < until))
    }

    /// How far a member has read: never less far than where they came in.
    pub(in super::super) fn read_by(&self, who: Who) -> i64 {
        let since = self.members.get(&who).map_or(0, |member| member.since);
        since.max(self.read.get(&who).copied().unwrap_or_default())
    }

    /// The mute that holds.
    #[expect(clippy::option_option, reason = "no mute, a mute without an end and one with an end are three things")]
    pub(in super::super) fn mute_of(&self, who: Who, now: i64) -> Option<Option<i64>> {
        self.members.get(&who)?.mute.filter(|until| until.is_none_or(|until| now < until))
    }

    pub(in super::super) fn changed(&mut self, who: Who) {
        *self.changes.entry(who).or_default() += 1;
    }
}
