//! How often a room is changed: its stream is read whole by every command in it, and stays short.

use crate::permission::Standing;
use crate::refusal::Refusal;
use crate::room::evolve::Change;
use crate::room::{RIGHTS_MAX, Room, RoomEvent, SETTINGS_MAX, Visibility};

impl Room {
    /// Refuses a member what would make of one kind of changes more than there may be; an import and the operator have no
    /// such limit. What undoes something is always possible: of that there is no more than of what it undoes.
    pub(super) fn within_limits(
        &self,
        by: Option<&Standing>,
        events: Vec<RoomEvent>,
    ) -> Result<Vec<RoomEvent>, Refusal> {
        if by.is_none() {
            return Ok(events);
        }
        for event in events.iter().filter(|event| !self.undoes(event)) {
            match event.change() {
                Some(Change::Setting) if self.settings >= SETTINGS_MAX => {
                    return Err(Refusal::LimitReached { what: "changes of this room's settings", most: SETTINGS_MAX });
                }
                Some(Change::Rights) if self.rights >= RIGHTS_MAX => {
                    let what = "changes of what may be done in this room";
                    return Err(Refusal::LimitReached { what, most: RIGHTS_MAX });
                }
                Some(Change::Setting | Change::Rights) | None => {}
            }
        }
        Ok(events)
    }

    /// Whether it is but the end of something: nothing can be kept as it is by using up the changes.
    fn undoes(&self, event: &RoomEvent) -> bool {
        match event {
            RoomEvent::RoomTopicChanged { topic, .. } => topic.get().is_some_and(String::is_empty),
            RoomEvent::RoomRetentionChanged { retain_for } => retain_for.is_none(),
            RoomEvent::RoomVisibilityChanged { visibility } => *visibility == Visibility::Private,
            RoomEvent::RoomPermissionsChanged { permissions } => permissions.is_subset(&self.permissions),
            RoomEvent::RoomUnarchived { .. } | RoomEvent::RoomRoleDeleted { .. } | RoomEvent::RoomClosed => true,
            RoomEvent::RoomCreated { .. }
            | RoomEvent::RoomRenamed { .. }
            | RoomEvent::RoomArchived { .. }
            | RoomEvent::RoomRoleDefined { .. }
            | RoomEvent::RoomRoleChanged { .. }
            | RoomEvent::RoomOwnershipTransferred { .. } => false,
        }
    }
}
