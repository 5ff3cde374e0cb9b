//! Rooms: `migrations/read/room.sql`.

mod roles;

use domain::permission::PermissionSet;
use domain::retention::Period;
use domain::room::{RoomEvent, RoomType, Visibility};
use domain::sealed::Sealed;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// A room, without what changes with every message.
    struct Room in "room" by [id] {
        id: Uuid,
        r#type: String,
        visibility: String,
        name: Option<String>,
        topic: Option<String>,
        permissions: Vec<String>,
        roles: Value,
        created_by: Option<Uuid>,
        owner: Option<Uuid>,
        member_ids: Vec<Uuid>,
        created_at: OffsetDateTime,
        archived: bool,
        closed: bool,
        retain_days: Option<i64>,
        version: i64,
    }
}

row! {
    /// What members and messages did to a room.
    struct RoomActivity in "room_activity" by [room_id] {
        room_id: Uuid,
        member_count: i64,
        message_count: i64,
        last_position: i64,
        last_message_id: Option<Uuid>,
        closed: bool,
    }
}

impl RoomActivity {
    /// Of a room in which nothing happened yet.
    pub(crate) fn none(room_id: Uuid) -> Self {
        Self { room_id, member_count: 0, message_count: 0, last_position: 0, last_message_id: None, closed: false }
    }
}

pub(crate) struct Rooms;

impl Projection for Rooms {
    const NAME: &'static str = "rooms";
    const VERSION: i32 = 5;
    const DDL: &'static str = include_str!("../../migrations/read/room.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Fact::Room(id, fact) = &event.fact else { return };
        if let RoomEvent::RoomCreated { .. } = fact {
            rows.room_activities.want([*id]);
            return;
        }
        rows.rooms.want([*id]);
        if let RoomEvent::RoomClosed = fact {
            rows.room_activities.want([*id]);
        }
    }

    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Fact::Room(id, fact) = &event.fact else { return Ok(()) };
        if let RoomEvent::RoomCreated {
            room_type,
            visibility,
            name,
            topic,
            permissions,
            created_by,
            members,
            imported: _,
        } = fact
        {
            rows.rooms.make(Room {
                id: *id,
                r#type: type_name(*room_type).to_owned(),
                visibility: visibility_name(*visibility).to_owned(),
                name: text(name.as_ref()),
                topic: text(topic.as_ref()),
                permissions: names(permissions),
                roles: json!([]),
                created_by: created_by.map(|user| user.0),
                owner: created_by.map(|user| user.0).filter(|_| *room_type == RoomType::Group),
                member_ids: members.iter().map(|user| user.0).collect(),
                created_at: event.at,
                archived: false,
                closed: false,
                retain_days: None,
                version: event.sequence,
            })?;
            let activity = rows.activity(*id);
            activity.last_position = activity.last_position.max(event.position);
            return Ok(());
        }
        let room = rows.rooms.change([*id]).ok_or(Poison::NothingToChange)?;
        match fact {
            RoomEvent::RoomCreated { .. } => {}
            RoomEvent::RoomRenamed { name, .. } => room.name = text(Some(name)),
            RoomEvent::RoomTopicChanged { topic, .. } => room.topic = text(Some(topic)),
            RoomEvent::RoomVisibilityChanged { visibility } => {
                visibility_name(*visibility).clone_into(&mut room.visibility);
            }
            RoomEvent::RoomPermissionsChanged { permissions } => room.permissions = names(permissions),
            RoomEvent::RoomRetentionChanged { retain_for } => room.retain_days = retain_for.map(Period::days),
            RoomEvent::RoomArchived { .. } => room.archived = true,
            RoomEvent::RoomUnarchived { .. } => room.archived = false,
            RoomEvent::RoomRoleDefined { role_id, name, rank, allow, deny } => {
                roles::define(&mut room.roles, role_id.0, name, (*rank, allow, deny))?;
            }
            RoomEvent::RoomRoleChanged { role_id, name, rank, allow, deny } => {
                roles::change(&mut room.roles, role_id.0, name.as_ref(), (*rank, allow, deny))?;
            }
            RoomEvent::RoomRoleDeleted { role_id } => roles::delete(&mut room.roles, role_id.0)?,
            RoomEvent::RoomOwnershipTransferred { from: _, to } => room.owner = Some(to.0),
            RoomEvent::RoomClosed => {
                room.closed = true;
                room.version = event.sequence;
                rows.activity(*id).closed = true;
                return Ok(());
            }
        }
        room.version = event.sequence;
        Ok(())
    }
}

/// An empty text is none, as is one whose key is destroyed.
fn text(sealed: Option<&Sealed<String>>) -> Option<String> {
    sealed.and_then(Sealed::get).filter(|text| !text.is_empty()).cloned()
}

/// In the contract's order, which is the set's.
fn names(permissions: &PermissionSet) -> Vec<String> {
    permissions.iter().map(|permission| permission.name().to_owned()).collect()
}

fn type_name(room_type: RoomType) -> &'static str {
    match room_type {
        RoomType::Dialog => "dialog",
        RoomType::Group => "group",
        RoomType::Secret => "secret",
    }
}

fn visibility_name(visibility: Visibility) -> &'static str {
    match visibility {
        Visibility::Private => "private",
        Visibility::Public => "public",
    }
}
