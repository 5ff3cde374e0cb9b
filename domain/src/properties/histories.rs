//! Histories, also such as no decision would make: events in any order and number, of every type.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::admins::AdminsEvent;
use crate::erasure::Erasure;
use crate::facts::{
    ALICE, BOB, CAROL, ELSEWHERE, GREETING, HELPER, LAPTOP, LOUNGE, MODERATOR, NOON, PHONE, PICTURE, erased, from_slack,
};
use crate::id::{RoleId, RoomId, SessionId, UserId};
use crate::membership::MembershipEvent;
use crate::message::{Content, ForwardedFrom, MessageEvent};
use crate::permission::{Permission, PermissionSet};
use crate::reaction::ReactionEvent;
use crate::retention::Period;
use crate::room::{RoomEvent, RoomType, Visibility};
use crate::sealed::{KeyName, Month, Sealed};
use crate::settings::SettingsEvent;
use crate::user::{InstanceRole, UserEvent};

/// Sealed text, or what is left of it.
fn text(key: KeyName) -> impl Strategy<Value = Sealed<String>> {
    prop_oneof![
        9 => "[a-z]{0,5}".prop_map(move |text| Sealed::new(key.clone(), text)),
        1 => Just(()).prop_map(|()| erased()),
    ]
}

fn session() -> impl Strategy<Value = Option<SessionId>> {
    option::of(select(vec![LAPTOP, PHONE]))
}

fn someone() -> impl Strategy<Value = UserId> {
    select(vec![ALICE, BOB, CAROL])
}

fn somewhere() -> impl Strategy<Value = RoomId> {
    select(vec![LOUNGE, LOUNGE, ELSEWHERE])
}

pub(super) fn json_object() -> impl Strategy<Value = Value> {
    proptest::collection::btree_map("[a-c]", 0..3, 0..3).prop_map(|fields| json!(fields))
}

pub(super) fn users() -> impl Strategy<Value = Vec<UserEvent>> {
    let alice = || text(KeyName::user(ALICE));
    let role = || select(vec![InstanceRole::Admin, InstanceRole::Auditor]);
    let event = prop_oneof![
        (option::of(alice()), alice(), option::of(alice())).prop_map(|(email, display_name, password)| {
            UserEvent::UserRegistered { email, display_name, password, imported: None }
        }),
        alice().prop_map(|display_name| UserEvent::UserRenamed { display_name }),
        option::of(Just(PICTURE)).prop_map(|file_id| UserEvent::UserAvatarChanged { file_id }),
        (alice(), 0..9_u32, session()).prop_map(|(password, generation, kept_session)| {
            UserEvent::UserPasswordChanged { password, generation, kept_session }
        }),
        (alice(), 0..9_u32).prop_map(|(password, generation)| UserEvent::UserPasswordReset { password, generation }),
        alice().prop_map(|email| UserEvent::UserEmailChanged { email }),
        Just(UserEvent::UserEmailVerified),
        (0..9_u32, session())
            .prop_map(|(generation, kept_session)| { UserEvent::UserSessionsRevoked { generation, kept_session } }),
        role().prop_map(|role| UserEvent::UserRoleGranted { role }),
        role().prop_map(|role| UserEvent::UserRoleRevoked { role }),
        (role(), someone(), 0..3_i64).prop_map(|(role, by, days)| UserEvent::UserRoleProposed {
            role,
            by,
            expires_at: NOON + Duration::days(days),
        }),
        (someone(), option::of(alice()), 0..9_u32).prop_map(|(by, reason, generation)| UserEvent::UserSuspended {
            by,
            reason,
            generation
        }),
        Just(UserEvent::UserReinstated),
        someone().prop_map(|other| UserEvent::UserBlocked { other }),
        someone().prop_map(|other| UserEvent::UserUnblocked { other }),
        Just(UserEvent::UserErased { erasure: Erasure::of(KeyName::user(ALICE)) }),
    ];
    vec(event, 0..12)
}

pub(super) fn admins() -> impl Strategy<Value = Vec<AdminsEvent>> {
    let event = prop_oneof![
        3 => someone().prop_map(|user_id| AdminsEvent::AdminAdded { user_id }),
        1 => someone().prop_map(|user_id| AdminsEvent::AdminRemoved { user_id }),
    ];
    vec(event, 0..8)
}

pub(super) fn settings() -> impl Strategy<Value = Vec<SettingsEvent>> {
    let value = prop_oneof![
        9 => json_object().prop_map(|value| Sealed::new(KeyName::user(ALICE), value)),
        1 => Just(()).prop_map(|()| erased()),
    ];
    vec(value.prop_map(|settings| SettingsEvent::SettingsUpdated { settings }), 0..4)
}

fn permissions() -> impl Strategy<Value = PermissionSet> {
    subsequence(Permission::ALL.to_vec(), 0..=13).prop_map(|some| some.into_iter().collect())
}

fn visibility() -> impl Strategy<Value = Visibility> {
    select(vec![Visibility::Private, Visibility::Public])
}

pub(super) fn rooms() -> impl Strategy<Value = Vec<RoomEvent>> {
    let lounge = || text(KeyName::room(LOUNGE));
    let imported = || option::of(Just(from_slack(KeyName::room(LOUNGE))));
    let room_type = select(vec![RoomType::Group, RoomType::Group, RoomType::Dialog, RoomType::Secret]);
    let created =
        (room_type, visibility(), option::of(lounge()), option::of(lounge()), permissions(), option::of(someone()));
    let event = prop_oneof![
        created.prop_map(|(room_type, visibility, name, topic, permissions, created_by)| {
            let members = if room_type == RoomType::Group { [].into() } else { [ALICE, BOB].into() };
            RoomEvent::RoomCreated {
                room_type,
                visibility,
                name,
                topic,
                permissions,
                created_by,
                members,
                imported: None,
            }
        }),
        lounge().prop_map(|name| RoomEvent::RoomRenamed { name, by: None, imported: None }),
        lounge().prop_map(|topic| RoomEvent::RoomTopicChanged { topic, by: None, imported: None }),
        visibility().prop_map(|visibility| RoomEvent::RoomVisibilityChanged { visibility }),
        permissions().prop_map(|permissions| RoomEvent::RoomPermissionsChanged { permissions }),
        option::of(1..400_i64)
            .prop_map(|days| { RoomEvent::RoomRetentionChanged { retain_for: days.and_then(Period::of_days) } }),
        imported().prop_map(|imported| RoomEvent::RoomArchived { by: None, imported }),
        imported().prop_map(|imported| RoomEvent::RoomUnarchived { by: None, imported }),
        (some_role(), lounge(), -2..12, permissions(), permissions()).prop_map(|(role_id, name, rank, allow, deny)| {
            RoomEvent::RoomRoleDefined { role_id, name, rank, allow, deny }
        }),
        (some_role(), option::of(lounge()), -2..12, permissions(), permissions()).prop_map(
            |(role_id, name, rank, allow, deny)| RoomEvent::RoomRoleChanged { role_id, name, rank, allow, deny }
        ),
        some_role().prop_map(|role_id| RoomEvent::RoomRoleDeleted { role_id }),
        (someone(), someone()).prop_map(|(from, to)| RoomEvent::RoomOwnershipTransferred { from: Some(from), to }),
        Just(RoomEvent::RoomClosed),
    ];
    vec(event, 0..12)
}

fn some_role() -> impl Strategy<Value = RoleId> {
    select(vec![MODERATOR, HELPER])
}

fn sometime() -> impl Strategy<Value = Option<OffsetDateTime>> {
    option::of((-2..3_i64).prop_map(|days| NOON + Duration::days(days)))
}

/// Of Carol's membership of the lounge.
pub(super) fn memberships() -> impl Strategy<Value = Vec<MembershipEvent>> {
    let (room_id, user_id, by) = (LOUNGE, CAROL, BOB);
    let reason = || option::of(text(KeyName::content(BOB, LOUNGE, Month::of(NOON))));
    let event = prop_oneof![
        Just(MembershipEvent::MembershipAdded { room_id, user_id, by, founding: false }),
        Just(MembershipEvent::MembershipJoined { room_id, user_id, founding: false, imported: None }),
        subsequence(vec![MODERATOR, HELPER], 0..=2).prop_map(move |roles| {
            let roles = roles.into_iter().collect();
            MembershipEvent::MembershipRolesAssigned { room_id, user_id, by, roles }
        }),
        Just(MembershipEvent::MembershipLeft { room_id, user_id, imported: None }),
        Just(MembershipEvent::MembershipRemoved { room_id, user_id, by }),
        (reason(), sometime()).prop_map(move |(reason, until)| {
            MembershipEvent::MembershipBanned { room_id, user_id, by, reason, until }
        }),
        Just(MembershipEvent::MembershipUnbanned { room_id, user_id, by }),
        sometime().prop_map(move |until| MembershipEvent::MembershipMuted { room_id, user_id, until }),
        Just(MembershipEvent::MembershipUnmuted { room_id, user_id }),
        Just(MembershipEvent::MembershipPinned { room_id, user_id }),
        Just(MembershipEvent::MembershipUnpinned { room_id, user_id }),
    ];
    vec(event, 0..9)
}

pub(super) fn messages() -> impl Strategy<Value = Vec<MessageEvent>> {
    let content = || {
        let key = KeyName::content(BOB, LOUNGE, Month::of(NOON));
        prop_oneof![
            9 => "[a-z]{0,5}".prop_map(move |text| Sealed::new(key.clone(), Content::plain(text))),
            1 => Just(()).prop_map(|()| erased()),
        ]
    };
    let event = prop_oneof![
        (somewhere(), someone(), content(), any::<bool>()).prop_map(|(room_id, sender_id, content, forwarded)| {
            let from = ForwardedFrom { message_id: GREETING, room_id: ELSEWHERE, sender_id };
            MessageEvent::MessageSent {
                room_id,
                sender_id,
                content,
                mentions: vec![],
                mentions_all: false,
                reply_to: None,
                forwarded_from: Some(from).filter(|_| forwarded),
                file_ids: vec![],
                imported: None,
            }
        }),
        (somewhere(), content(), vec(someone(), 0..3)).prop_map(|(room_id, content, mentions)| {
            MessageEvent::MessageEdited { room_id, content, mentions, mentions_all: false, imported: None }
        }),
        (somewhere(), someone()).prop_map(|(room_id, by)| MessageEvent::MessageDeleted { room_id, by, erasure: None }),
        (somewhere(), someone()).prop_map(|(room_id, by)| MessageEvent::MessagePinned { room_id, by, imported: None }),
        (somewhere(), someone()).prop_map(|(room_id, by)| MessageEvent::MessageUnpinned { room_id, by }),
    ];
    vec(event, 0..6)
}

pub(super) fn reactions() -> impl Strategy<Value = Vec<ReactionEvent>> {
    let emoji = || text(KeyName::content(BOB, LOUNGE, Month::of(NOON)));
    let (message_id, user_id) = (GREETING, BOB);
    let event = prop_oneof![
        (somewhere(), emoji()).prop_map(move |(room_id, emoji)| {
            ReactionEvent::ReactionAdded { room_id, message_id, user_id, emoji, imported: None }
        }),
        (somewhere(), emoji()).prop_map(move |(room_id, emoji)| {
            ReactionEvent::ReactionRemoved { room_id, message_id, user_id, emoji }
        }),
    ];
    vec(event, 0..30)
}
