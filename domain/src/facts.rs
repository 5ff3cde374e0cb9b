//! Named people, places and times for the tests.

use cqrs_es::Aggregate;
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use serde_json::json;
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use crate::id::{FileId, InviteCode, MessageId, RoleId, RoomId, SessionId, UserId};
use crate::imported::{Imported, Origin};
use crate::membership::Membership;
use crate::permission::{Permission, PermissionSet, Role, Standing, defaults};
use crate::room::{Room, RoomEvent, RoomType, Visibility};
use crate::sealed::{KeyName, Sealed};

/// Owns the lounge.
pub(crate) const ALICE: UserId = UserId(Uuid::from_u128(0xa11ce));
/// A member without roles.
pub(crate) const BOB: UserId = UserId(Uuid::from_u128(0xb0b));
/// Whoever a test needs besides.
pub(crate) const CAROL: UserId = UserId(Uuid::from_u128(0xca201));
/// A group.
pub(crate) const LOUNGE: RoomId = RoomId(Uuid::from_u128(0x10));
/// Some other room.
pub(crate) const ELSEWHERE: RoomId = RoomId(Uuid::from_u128(0x11));
/// A message.
pub(crate) const GREETING: MessageId = MessageId(Uuid::from_u128(0x20));
/// A file of Alice's.
pub(crate) const PICTURE: FileId = FileId(Uuid::from_u128(0x60));
/// A session.
pub(crate) const LAPTOP: SessionId = SessionId(Uuid::from_u128(0x30));
/// Another session.
pub(crate) const PHONE: SessionId = SessionId(Uuid::from_u128(0x31));
/// A role of rank 10.
pub(crate) const MODERATOR: RoleId = RoleId(Uuid::from_u128(0x40));
/// A role of rank 1.
pub(crate) const HELPER: RoleId = RoleId(Uuid::from_u128(0x41));
/// An invite.
pub(crate) const CODE: InviteCode = InviteCode(Uuid::from_u128(0x50));
/// When things happen.
pub(crate) const NOON: OffsetDateTime = datetime!(2024-05-17 12:00 UTC);

/// An aggregate with a past.
pub(crate) fn given<A: Aggregate<Services = ()>>(past: impl Into<Vec<A::Event>>) -> AggregateTestExecutor<A> {
    TestFramework::with(()).given(past.into())
}

/// A value with a user's key.
pub(crate) fn personal<T>(user: UserId, value: T) -> Sealed<T> {
    Sealed::new(KeyName::user(user), value)
}

/// A value whose key was destroyed.
pub(crate) fn erased<T: serde::de::DeserializeOwned>() -> Sealed<T> {
    serde_json::from_value(json!({"key": KeyName::user(ALICE)})).unwrap()
}

/// Where an imported fact came from, with something besides.
pub(crate) fn slack() -> Origin {
    Origin { source: "slack".into(), source_id: "C1/1.0".into(), rest: Some(json!({"pinned": true})) }
}

/// The same, as it is stored.
pub(crate) fn from_slack(key: KeyName) -> Imported {
    let rest = Some(Sealed::new(key, json!({"pinned": true})));
    Imported { source: "slack".into(), source_id: "C1/1.0".into(), rest }
}

/// The lounge was made by Alice, as a private group unless said otherwise.
pub(crate) fn lounge_created() -> RoomEvent {
    created(RoomType::Group, Visibility::Private)
}

/// The lounge was made by Alice, for everyone.
pub(crate) fn public_lounge_created() -> RoomEvent {
    created(RoomType::Group, Visibility::Public)
}

/// A dialog with Bob was made by Alice.
pub(crate) fn dialog_created() -> RoomEvent {
    created(RoomType::Dialog, Visibility::Private)
}

/// A secret room with Bob was made by Alice.
pub(crate) fn secret_created() -> RoomEvent {
    created(RoomType::Secret, Visibility::Private)
}

/// A room was archived here.
pub(crate) fn room_archived() -> RoomEvent {
    RoomEvent::RoomArchived { by: None, imported: None }
}

/// A room was taken out of the archive here.
pub(crate) fn room_unarchived() -> RoomEvent {
    RoomEvent::RoomUnarchived { by: None, imported: None }
}

fn created(room_type: RoomType, visibility: Visibility) -> RoomEvent {
    let name = (room_type == RoomType::Group).then(|| Sealed::new(KeyName::room(LOUNGE), "Lounge".into()));
    RoomEvent::RoomCreated {
        room_type,
        visibility,
        name,
        topic: None,
        permissions: defaults(room_type),
        created_by: Some(ALICE),
        members: if room_type == RoomType::Group { [].into() } else { [ALICE, BOB].into() },
        imported: None,
    }
}

/// The room that `past` made, with a moderator's and a helper's role.
pub(crate) fn room_after(past: impl IntoIterator<Item = RoomEvent>) -> Room {
    let mut room = Room::default();
    for event in past {
        room.evolve(&event);
    }
    room.roles.insert(
        MODERATOR,
        Role {
            rank: 10,
            allow: [
                Permission::DeleteMessages,
                Permission::InviteMembers,
                Permission::RemoveMembers,
                Permission::BanMembers,
                Permission::ManageRoles,
                Permission::ManageRoom,
            ]
            .into(),
            ..Role::default()
        },
    );
    room.roles.insert(HELPER, Role { rank: 1, deny: [Permission::SendMessages].into(), ..Role::default() });
    room
}

/// The private lounge.
pub(crate) fn lounge() -> Room {
    room_after([lounge_created()])
}

/// The lounge, for everyone.
pub(crate) fn public_lounge() -> Room {
    room_after([public_lounge_created()])
}

/// The private lounge, closed.
pub(crate) fn closed_lounge() -> Room {
    room_after([lounge_created(), RoomEvent::RoomClosed])
}

/// The private lounge, archived.
pub(crate) fn archived_lounge() -> Room {
    room_after([lounge_created(), room_archived()])
}

/// The dialog of Alice and Bob.
pub(crate) fn dialog() -> Room {
    room_after([dialog_created()])
}

/// The secret room of Alice and Bob.
pub(crate) fn secret() -> Room {
    room_after([secret_created()])
}

/// Where somebody stands in a room of two whom the other has blocked.
pub(crate) fn blocked(user: UserId, room: &Room) -> Standing {
    Standing { blocked: true, ..member(user, room) }
}

/// Where a member without roles stands.
pub(crate) fn member(user: UserId, room: &Room) -> Standing {
    member_as(user, room, [])
}

/// Where a member with `roles` stands.
pub(crate) fn member_as(user: UserId, room: &Room, roles: impl Into<Vec<RoleId>>) -> Standing {
    Standing::of(user, room, &present(roles))
}

/// The membership of who is in a room with `roles`.
pub(crate) fn present(roles: impl Into<Vec<RoleId>>) -> Membership {
    Membership { present: true, roles: roles.into().into_iter().collect(), ..Membership::default() }
}

/// Where a member stands who has nothing but `permissions`.
pub(crate) fn member_with(user: UserId, room: &Room, permissions: impl Into<PermissionSet>) -> Standing {
    let room = Room { permissions: permissions.into(), ..room.clone() };
    member(user, &room)
}

/// Where somebody stands who is no member.
pub(crate) fn stranger(user: UserId, room: &Room) -> Standing {
    Standing::of(user, room, &Membership::default())
}
