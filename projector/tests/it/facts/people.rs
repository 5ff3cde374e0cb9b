//! Facts about people: their accounts, sessions and settings.

use super::*;

pub(crate) fn registered(user: u32, name: &str) -> Entry {
    let fact = UserEvent::UserRegistered {
        email: Some(personal(user, format!("{name}@example.org"))),
        display_name: personal(user, name.to_owned()),
        password: None,
        imported: None,
    };
    Entry::of("user", &user_id(user), &fact).by(user)
}

pub(crate) fn renamed(user: u32, name: &str) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserRenamed { display_name: personal(user, name.to_owned()) })
        .by(user)
}

pub(crate) fn password_changed(user: u32, generation: u32, kept: Option<u32>) -> Entry {
    let password = personal(user, "$argon2id$".to_owned());
    let kept_session = kept.map(session_id);
    Entry::of("user", &user_id(user), &UserEvent::UserPasswordChanged { password, generation, kept_session }).by(user)
}

pub(crate) fn password_reset(user: u32, generation: u32) -> Entry {
    let password = personal(user, "$argon2id$".to_owned());
    Entry::of("user", &user_id(user), &UserEvent::UserPasswordReset { password, generation }).by(user)
}

pub(crate) fn email_changed(user: u32, email: &str) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserEmailChanged { email: personal(user, email.to_owned()) }).by(user)
}

pub(crate) fn email_verified(user: u32) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserEmailVerified).by(user)
}

pub(crate) fn sessions_revoked(user: u32, generation: u32) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserSessionsRevoked { generation, kept_session: None }).by(user)
}

pub(crate) fn role_granted(user: u32, role: InstanceRole) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserRoleGranted { role })
}

pub(crate) fn role_revoked(user: u32, role: InstanceRole) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserRoleRevoked { role })
}

pub(crate) fn auditor_proposed(user: u32, by: u32) -> Entry {
    let expires_at = datetime!(2026-01-02 00:00 UTC);
    let fact = UserEvent::UserRoleProposed { role: InstanceRole::Auditor, by: user_id(by), expires_at };
    Entry::of("user", &user_id(user), &fact).by(by)
}

pub(crate) fn suspended(user: u32, by: u32, generation: u32) -> Entry {
    let (by_id, key) = (user_id(by), KeyName::suspension(user_id(by), user_id(user)));
    let fact = UserEvent::UserSuspended { by: by_id, reason: Some(Sealed::new(key, "spam".to_owned())), generation };
    Entry::of("user", &user_id(user), &fact).by(by)
}

pub(crate) fn reinstated(user: u32) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserReinstated)
}

pub(crate) fn admin_added(user: u32) -> Entry {
    Entry::of("admins", &Admins::STREAM, &AdminsEvent::AdminAdded { user_id: user_id(user) })
}

pub(crate) fn session_started(session: u32, user: u32) -> Entry {
    let fact = SessionEvent::SessionStarted {
        user_id: user_id(user),
        secret_sha256: "5e".repeat(32),
        generation: 0,
        ip: personal(user, "192.0.2.1".to_owned()),
        user_agent: personal(user, "curl/8".to_owned()),
        expires_at: datetime!(2027-01-01 00:00 UTC),
    };
    Entry::of("session", &session_id(session), &fact).by(user)
}

pub(crate) fn session_ended(session: u32) -> Entry {
    Entry::of("session", &session_id(session), &SessionEvent::SessionEnded)
}

pub(crate) fn settings_updated(user: u32, settings: Value) -> Entry {
    Entry::of("settings", &user_id(user), &SettingsEvent::SettingsUpdated { settings: personal(user, settings) })
}

pub(crate) fn blocked(user: u32, other: u32) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserBlocked { other: user_id(other) })
}

pub(crate) fn unblocked(user: u32, other: u32) -> Entry {
    Entry::of("user", &user_id(user), &UserEvent::UserUnblocked { other: user_id(other) })
}

pub(crate) fn erased(user: u32) -> Entry {
    let erasure = Erasure::of(KeyName::user(user_id(user)));
    Entry::of("user", &user_id(user), &UserEvent::UserErased { erasure }).by(user)
}
