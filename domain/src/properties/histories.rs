//! Histories, also such as no decision would make: events in any order and number, of every type.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::facts::{ALICE, BOB, CAROL, ELSEWHERE, LAPTOP, LOUNGE, NOON, PHONE, erased};
use crate::id::{RoomId, SessionId, UserId};
use crate::message::{Content, MessageEvent};
use crate::permission::{Permission, PermissionSet};
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
        (alice(), 0..9_u32, session()).prop_map(|(password, generation, kept_session)| {
            UserEvent::UserPasswordChanged { password, generation, kept_session }
        }),
        (0..9_u32, session())
            .prop_map(|(generation, kept_session)| { UserEvent::UserSessionsRevoked { generation, kept_session } }),
        role().prop_map(|role| UserEvent::UserRoleGranted { role }),
        role().prop_map(|role| UserEvent::UserRoleRevoked { role }),
    ];
    vec(event, 0..12)
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
    let room_type = select(vec![RoomType::Group, RoomType::Group, RoomType::Dialog, RoomType::Secret]);
    let created =
        (room_type, visibility(), option::of(lounge()), option::of(lounge()), permissions(), option::of(someone()));
    let event = prop_oneof![
        created.prop_map(|(room_type, visibility, name, topic, permissions, created_by)| {
            RoomEvent::RoomCreated { room_type, visibility, name, topic, permissions, created_by, imported: None }
        }),
        lounge().prop_map(|name| RoomEvent::RoomRenamed { name }),
        lounge().prop_map(|topic| RoomEvent::RoomTopicChanged { topic }),
        visibility().prop_map(|visibility| RoomEvent::RoomVisibilityChanged { visibility }),
        permissions().prop_map(|permissions| RoomEvent::RoomPermissionsChanged { permissions }),
        Just(RoomEvent::RoomArchived),
        Just(RoomEvent::RoomUnarchived),
    ];
    vec(event, 0..9)
}

pub(super) fn messages() -> impl Strategy<Value = Vec<MessageEvent>> {
    let content = || {
        let key = KeyName::content(BOB, LOUNGE, Month::of(NOON));
        prop_oneof![
            9 => "[a-z]{0,5}".prop_map(move |text| Sealed::new(key.clone(), Content { text })),
            1 => Just(()).prop_map(|()| erased()),
        ]
    };
    let event = prop_oneof![
        (somewhere(), someone(), content()).prop_map(|(room_id, sender_id, content)| {
            MessageEvent::MessageSent { room_id, sender_id, content, reply_to: None, imported: None }
        }),
        (somewhere(), content())
            .prop_map(|(room_id, content)| { MessageEvent::MessageEdited { room_id, content, imported: None } }),
        (somewhere(), someone()).prop_map(|(room_id, by)| MessageEvent::MessageDeleted { room_id, by }),
    ];
    vec(event, 0..6)
}
