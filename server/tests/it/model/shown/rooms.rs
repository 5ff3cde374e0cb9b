//! Rooms, and what somebody may do in them.

use std::cmp::Reverse;

use serde_json::{Value, json};

use super::{Shown, minute, role, room as room_name, who};
use crate::model::permissions::{PERMISSIONS, Permissions, written};
use crate::model::world::{Kind, Number, Room, Who, World};

impl World {
    /// `GetRoom`.
    pub(in super::super) fn shows_room(&self, viewer: Who, id: Number) -> Shown {
        let room = self.room(id).ok_or("not-found")?;
        let is_member = room.members.contains_key(&viewer);
        if !is_member && !room.public {
            return Err("not-found");
        }
        let kind = match room.kind {
            Kind::Group => "group",
            Kind::Dialog => "dialog",
            Kind::Secret => "secret",
        };
        let mut roles: Vec<_> = room.roles.iter().collect();
        roles.sort_by_key(|(id, role)| (Reverse(role.rank), **id));
        let mut pair: Vec<Value> = room.pair.iter().map(|member| who(*member)).collect();
        pair.sort_by_key(ToString::to_string);
        let last = self.messages.iter().filter(|(_, message)| message.room == id);
        let last = last.max_by_key(|(_, message)| message.tick);
        let last = last.filter(|(_, message)| self.sees(viewer, id, message.tick));
        Ok(json!({
            "id": room_name(id),
            "type": kind,
            "visibility": if room.public { "public" } else { "private" },
            "name": room.name,
            "topic": room.topic,
            "permissions": written(&room.permissions),
            "roles": roles.into_iter().map(|(id, _)| shown_role(room, *id)).collect::<Vec<_>>(),
            "member_ids": pair,
            "created_by": who(room.made_by),
            "owner_id": room.owner.map(who),
            "created_at": minute(room.made_at),
            "archived": room.archived,
            "retain_for": room.retain_for,
            "member_count": room.members.len(),
            "version": room.version,
            "my": is_member.then(|| self.own_part(viewer, id, room)),
            "last_message": last.map(|(number, _)| self.as_message(viewer, *number)),
        }))
    }

    fn own_part(&self, viewer: Who, id: Number, room: &Room) -> Value {
        let roles: Vec<_> = room.roles_of(viewer).into_iter().map(|(id, _)| role(id)).collect();
        let (mute, read) = (room.mute_of(viewer, self.now), room.read_by(viewer));
        let of_others = self.messages.values().filter(|message| message.room == id && message.sender != viewer);
        let unread: Vec<_> = of_others.filter(|message| message.tick > read && !self.is_over(message)).collect();
        json!({
            "roles": roles,
            "permissions": written(&effective(room, viewer)),
            "is_muted": mute.is_some(),
            "muted_until": mute.flatten().map(minute),
            "is_pinned": room.members[&viewer].kept,
            "read_position": read,
            "unread_count": unread.len(),
            "mention_count": unread.iter().filter(|message| message.mentions(viewer)).count(),
        })
    }

    /// `ListRooms`: where something was said last first.
    pub(in super::super) fn shows_rooms(&self, viewer: Who) -> Shown {
        let own = self.rooms.iter().filter(|(_, room)| !room.closed && room.members.contains_key(&viewer));
        let said = |id: Number| self.messages.values().filter(move |said| said.room == id).map(|said| said.tick).max();
        let mut own: Vec<_> = own.map(|(id, room)| (said(*id).unwrap_or(room.tick), *id)).collect();
        own.sort_unstable_by_key(|own| Reverse(*own));
        own.into_iter().map(|(_, id)| self.shows_room(viewer, id)).collect()
    }

    /// `ListPublicRooms` by a part that all names have: the oldest first.
    pub(in super::super) fn shows_public_rooms(&self, viewer: Who) -> Shown {
        let public = self.rooms.iter().filter(|(_, room)| !room.closed && room.public && room.name.is_some());
        public.map(|(id, _)| self.shows_room(viewer, *id)).collect()
    }

    /// `GetRole`.
    pub(in super::super) fn shows_role(&self, viewer: Who, id: Number, role: Number) -> Shown {
        self.shows_room(viewer, id)?;
        let room = self.room(id).filter(|room| room.roles.contains_key(&role)).ok_or("not-found")?;
        Ok(shown_role(room, role))
    }

    /// `ExplainPermissions`.
    pub(in super::super) fn explains(&self, viewer: Who, id: Number, member: Who) -> Shown {
        let room = self.member_of(viewer, id)?;
        if !room.members.contains_key(&member) {
            return Err("not-found");
        }
        let because = (0..PERMISSIONS.len()).map(|permission| {
            json!({
                "permission": PERMISSIONS[permission],
                "held": room.holds(member, permission),
                "decided_by": decided(room, member, permission),
            })
        });
        Ok(json!({"effective": written(&effective(room, member)), "because": because.collect::<Vec<_>>()}))
    }
}

fn effective(room: &Room, who: Who) -> Permissions {
    (0..PERMISSIONS.len()).filter(|permission| room.holds(who, *permission)).collect()
}

fn shown_role(room: &Room, id: Number) -> Value {
    let it = &room.roles[&id];
    json!({
        "id": role(id),
        "name": it.name,
        "rank": it.rank,
        "permissions": {"allow": written(&it.allow), "deny": written(&it.deny)},
        "version": it.version,
    })
}

/// What decided: ownership, else the highest role that denies, else the room that gives, else the highest role that
/// allows, else the room that does not.
fn decided(room: &Room, member: Who, permission: usize) -> Value {
    if room.owns(member) {
        return json!({"kind": "ownership"});
    }
    let mut roles = room.roles_of(member);
    roles.sort_by_key(|(id, role)| (Reverse(role.rank), *id));
    let denies = roles.iter().find(|(_, role)| role.deny.contains(&permission));
    let allows = roles.iter().find(|(_, role)| role.allow.contains(&permission));
    let by_role = denies.or_else(|| allows.filter(|_| !room.permissions.contains(&permission)));
    match by_role {
        Some((id, it)) => json!({"kind": "role", "role_id": role(*id), "name": it.name}),
        None => json!({"kind": "room"}),
    }
}
