//! A room: its type, name, topic, visibility and what its members may do; no members, no messages.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::{RoleId, RoomId, UserId, derived};
use crate::membership::Membership;
use crate::permission::{Holding, PermissionSet, Role};
use crate::refusal::Refusal;
use crate::retention::Period;

pub use command::{ImportedChange, NewRole, NewRoom, RoleChanges, RoomChanges, RoomCommand};
pub use event::{RoomEvent, RoomType, Visibility};

/// A room as its events left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// Whether it was ever made.
    pub exists: bool,
    /// Dialog, group or secret room.
    pub room_type: RoomType,
    /// Whether people outside find and join it.
    pub visibility: Visibility,
    /// None of a room of two, of a group that was given none, and once the room's key is destroyed.
    pub name: Option<String>,
    /// None while it is empty, and once the room's key is destroyed.
    pub topic: Option<String>,
    /// What every member may do.
    pub permissions: PermissionSet,
    /// The roles defined here.
    pub roles: BTreeMap<RoleId, Role>,
    /// Roles that were deleted: members may still name them, so none of these ids comes back.
    pub former_roles: BTreeSet<RoleId>,
    /// Who holds every permission while they are a member; none in rooms of two, where both are equal, and in what an
    /// import made unless the source says who looked after it.
    pub owner: Option<UserId>,
    /// Both members of a room of two; nobody of a group.
    pub members: BTreeSet<UserId>,
    /// Read, not written.
    pub archived: bool,
    /// Gone for everyone.
    pub closed: bool,
    /// For how long it keeps messages; none is for good.
    pub retain_for: Option<Period>,
    /// How often its name, its topic, and for how long it keeps messages changed.
    pub settings: usize,
    /// How often changed who may find it and do what in it: visibility, permissions, roles, the owner, the archive.
    pub rights: usize,
    /// How often people archived it here, or took it out of the archive: once they did, no source says whether it is in
    /// there, and while it is, none changes its name or topic. What the imports of former releases told is not marked, and
    /// counts as people's.
    pub filed_here: usize,
}

impl Default for Room {
    /// What is not there: nobody's, and private, so that it looks like what one may not know.
    fn default() -> Self {
        Self {
            exists: false,
            room_type: RoomType::Group,
            visibility: Visibility::Private,
            name: None,
            topic: None,
            permissions: PermissionSet::new(),
            roles: BTreeMap::new(),
            former_roles: BTreeSet::new(),
            owner: None,
            members: BTreeSet::new(),
            archived: false,
            closed: false,
            retain_for: None,
            settings: 0,
            rights: 0,
            filed_here: 0,
        }
    }
}

/// Most roles that a room has.
pub const ROLES_MAX: usize = 100;

/// Most changes of a room's name and topic, and of how long it keeps messages: ten a week for ten years. Its stream is read
/// whole by every command in it, and stays short.
pub const SETTINGS_MAX: usize = 5_000;

/// Most changes of who may find a room and do what in it. Counted apart: whoever may only name it does not use them up.
pub const RIGHTS_MAX: usize = 5_000;

impl Room {
    /// Whether it was made and not closed.
    pub fn is_there(&self) -> bool {
        self.exists && !self.closed
    }

    /// The id of the dialog of two people: the same whichever of them asks, so that it is there once.
    pub fn dialog_id(one: UserId, other: UserId) -> RoomId {
        let (first, second) = if one < other { (one, other) } else { (other, one) };
        RoomId(derived("dialog", &format!("{first}:{second}")))
    }

    /// Whom `user` talks to in a room of two; nobody in a group.
    pub fn other(&self, user: UserId) -> Option<UserId> {
        self.members.iter().copied().find(|member| *member != user)
    }

    /// What decides what `user`, a member by `membership`, may do here; roles that are no longer defined count nothing.
    pub fn holding(&self, user: UserId, membership: &Membership) -> Holding<'_> {
        let roles = membership.roles.iter().filter_map(|id| Some((*id, self.roles.get(id)?)));
        Holding { owner: self.owner == Some(user), room: &self.permissions, roles: roles.collect() }
    }
}

impl Aggregate for Room {
    const TYPE: &'static str = "room";
    type Command = RoomCommand;
    type Event = RoomEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: RoomCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: RoomEvent) {
        self.evolve(&event);
    }
}
