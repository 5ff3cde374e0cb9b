//! How often a room is changed.

use uuid::Uuid;

use crate::facts::{
    ALICE, BOB, HELPER, LOUNGE, MODERATOR, dialog, dialog_created, given, lounge, lounge_created, member, member_with,
    room_archived, room_unarchived,
};
use crate::id::RoleId;
use crate::permission::{Permission, PermissionSet, Standing, defaults};
use crate::refusal::Refusal;
use crate::retention::Period;
use crate::room::{
    NewRole, RIGHTS_MAX, RoleChanges, Room, RoomChanges, RoomCommand, RoomEvent, RoomType, SETTINGS_MAX, Visibility,
};
use crate::sealed::{KeyName, Sealed};

fn sealed(text: &str) -> Sealed<String> {
    Sealed::new(KeyName::room(LOUNGE), text.into())
}

fn topic(topic: &str) -> RoomEvent {
    RoomEvent::RoomTopicChanged { topic: sealed(topic), by: None, imported: None }
}

fn kept(days: impl Into<Option<i64>>) -> RoomEvent {
    RoomEvent::RoomRetentionChanged { retain_for: days.into().and_then(Period::of_days) }
}

fn visible(visibility: Visibility) -> RoomEvent {
    RoomEvent::RoomVisibilityChanged { visibility }
}

fn gives(permissions: PermissionSet) -> RoomEvent {
    RoomEvent::RoomPermissionsChanged { permissions }
}

fn defined(role_id: RoleId) -> RoomEvent {
    let (allow, deny) = (PermissionSet::new(), PermissionSet::new());
    RoomEvent::RoomRoleDefined { role_id, name: sealed("Helper"), rank: 1, allow, deny }
}

/// A room that had as many changes of its settings as there may be but for `fewer`; the last gave it a topic.
fn set(created: RoomEvent, fewer: usize) -> Vec<RoomEvent> {
    let changes = (fewer..SETTINGS_MAX).map(|change| topic(&(SETTINGS_MAX - change).to_string()));
    std::iter::once(created).chain(changes).collect()
}

/// The lounge after as many changes of rights as there may be but for `fewer`; it ends public, archived or not, and with a role.
fn ruled(archived: bool, fewer: usize) -> Vec<RoomEvent> {
    let last = [visible(Visibility::Public), defined(HELPER), room_archived()];
    let last = &last[..if archived { 3 } else { 2 }];
    let turns = [room_archived(), room_unarchived()].into_iter().cycle();
    // In pairs, so that it is not archived before the last.
    let turns = turns.take((RIGHTS_MAX - fewer - last.len()) / 2 * 2);
    let changes: Vec<_> = turns.chain(last.iter().cloned()).collect();
    let lacking = RIGHTS_MAX - fewer - changes.len();
    let before = std::iter::repeat_n(visible(Visibility::Public), lacking);
    std::iter::once(lounge_created()).chain(before).chain(changes).collect()
}

/// What the lounge's owner asks of it.
fn update(changes: RoomChanges) -> RoomCommand {
    RoomCommand::Update { room: LOUNGE, by: Some(member(ALICE, &lounge())), changes }
}

fn to_topic(topic: &str) -> RoomChanges {
    RoomChanges { topic: Some(topic.into()), ..RoomChanges::default() }
}

fn to_keep(days: impl Into<Option<i64>>) -> RoomChanges {
    RoomChanges { retain_for: Some(days.into().and_then(Period::of_days)), ..RoomChanges::default() }
}

fn settings_full() -> Refusal {
    Refusal::LimitReached { what: "changes of this room's settings", most: SETTINGS_MAX }
}

fn rights_full() -> Refusal {
    Refusal::LimitReached { what: "changes of what may be done in this room", most: RIGHTS_MAX }
}

#[test]
fn its_settings_change_so_often_alone() {
    let full = set(lounge_created(), 0);
    let named = RoomChanges { name: Some("Salon".into()), ..RoomChanges::default() };
    given::<Room>(set(lounge_created(), 1)).when(update(to_topic("Tea"))).then_expect_events(vec![topic("Tea")]);
    for changes in [to_topic("Tea"), to_keep(30), named.clone()] {
        given::<Room>(full.clone()).when(update(changes)).then_expect_error(settings_full());
    }
    // What it is already, and what ends something.
    given::<Room>(full.clone()).when(update(to_topic("1"))).then_expect_events(vec![]);
    given::<Room>(full.clone()).when(update(to_topic(""))).then_expect_events(vec![topic("")]);
    let keeping = [set(lounge_created(), 0), vec![kept(30)]].concat();
    given::<Room>(keeping).when(update(to_keep(None))).then_expect_events(vec![kept(None)]);
    // All or nothing.
    let both = RoomChanges { name: named.name, ..to_topic("") };
    given::<Room>(full.clone()).when(update(both)).then_expect_error(settings_full());
    // The operator has no such limit, and rights are counted apart.
    let told = RoomCommand::Update { room: LOUNGE, by: None, changes: to_topic("Tea") };
    given::<Room>(full.clone()).when(told).then_expect_events(vec![topic("Tea")]);
    let public = RoomChanges { visibility: Some(Visibility::Public), ..RoomChanges::default() };
    given::<Room>(full.clone()).when(update(public)).then_expect_events(vec![visible(Visibility::Public)]);
    let close = RoomCommand::Close { by: member(ALICE, &lounge()), is_admin: false };
    given::<Room>(full).when(close).then_expect_events(vec![RoomEvent::RoomClosed]);
}

/// Neither of two keeps the other from keeping for good what they said.
#[test]
fn two_turn_for_how_long_they_keep_so_often_alone_and_end_with_for_good() {
    let turns = (0..SETTINGS_MAX).map(|turn| kept(if turn % 2 == 0 { Some(1) } else { Some(2) }));
    let full: Vec<_> = std::iter::once(dialog_created()).chain(turns).collect();
    let bob = |changes| RoomCommand::Update { room: LOUNGE, by: Some(member(BOB, &dialog())), changes };
    given::<Room>(full.clone()).when(bob(to_keep(1))).then_expect_error(settings_full());
    given::<Room>(full.clone()).when(bob(to_keep(None))).then_expect_events(vec![kept(None)]);
}

#[test]
fn rights_change_so_often_alone() {
    let alice = || member(ALICE, &lounge());
    let archive = RoomCommand::Archive { by: Some(alice()) };
    given::<Room>(ruled(false, 1)).when(archive.clone()).then_expect_events(vec![room_archived()]);
    let more = gives(Permission::ALL.into());
    let new = || NewRole { name: "Greeter".into(), rank: 1, ..NewRole::default() };
    let role = RoleId(Uuid::from_u128(0x42));
    for command in [
        archive,
        update(RoomChanges { permissions: Some(Permission::ALL.into()), ..RoomChanges::default() }),
        RoomCommand::DefineRole { room: LOUNGE, by: alice(), role, new: new() },
        RoomCommand::ChangeRole {
            room: LOUNGE,
            by: alice(),
            role: HELPER,
            changes: RoleChanges { rank: Some(2), ..RoleChanges::default() },
        },
        RoomCommand::TransferOwnership { by: alice(), to: member(BOB, &lounge()) },
    ] {
        given::<Room>(ruled(false, 0)).when(command).then_expect_error(rights_full());
    }
    // Settings are counted apart, and the operator has no such limit.
    given::<Room>(ruled(false, 0)).when(update(to_topic("Tea"))).then_expect_events(vec![topic("Tea")]);
    let changes = RoomChanges { permissions: Some(Permission::ALL.into()), ..RoomChanges::default() };
    let told = RoomCommand::Update { room: LOUNGE, by: None, changes };
    given::<Room>(ruled(false, 0)).when(told).then_expect_events(vec![more]);
}

#[test]
fn what_ends_something_is_never_too_often() {
    let alice = || member(ALICE, &lounge());
    let fewer: PermissionSet = [Permission::ViewHistory].into();
    assert!(fewer.is_subset(&defaults(RoomType::Group)));
    let changes = |visibility, permissions| RoomChanges { visibility, permissions, ..RoomChanges::default() };
    for (command, event) in [
        (update(changes(Some(Visibility::Private), None)), visible(Visibility::Private)),
        (update(changes(None, Some(fewer.clone()))), gives(fewer)),
        (RoomCommand::DeleteRole { by: alice(), role: HELPER }, RoomEvent::RoomRoleDeleted { role_id: HELPER }),
        (
            RoomCommand::AppointOwner { to: member(BOB, &lounge()) },
            RoomEvent::RoomOwnershipTransferred { from: Some(ALICE), to: BOB },
        ),
        (RoomCommand::Close { by: alice(), is_admin: false }, RoomEvent::RoomClosed),
    ] {
        given::<Room>(ruled(false, 0)).when(command).then_expect_events(vec![event]);
    }
    // Nobody keeps a room in the archive by moving it in and out too often.
    let manager: Standing = member_with(BOB, &lounge(), [Permission::ManageRoom]);
    let unarchive = RoomCommand::Unarchive { by: Some(manager) };
    given::<Room>(ruled(true, 0)).when(unarchive).then_expect_events(vec![room_unarchived()]);
    // A role of the same rank is not made anew.
    let gone = [ruled(false, 0), vec![RoomEvent::RoomRoleDeleted { role_id: HELPER }]].concat();
    let new = NewRole { name: "Moderator".into(), rank: 1, ..NewRole::default() };
    let define = RoomCommand::DefineRole { room: LOUNGE, by: alice(), role: MODERATOR, new };
    given::<Room>(gone).when(define).then_expect_error(rights_full());
}
