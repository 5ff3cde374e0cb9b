//! What each event makes of an account.

use super::{Proposal, User, UserEvent};

impl User {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &UserEvent) {
        match event {
            UserEvent::UserRegistered { email, display_name, password, imported } => {
                self.exists = true;
                self.email = email.as_ref().and_then(|email| email.get().cloned());
                self.email_told = self.email.is_some() && imported.is_some();
                self.display_name = display_name.get().cloned();
                self.password = password.as_ref().and_then(|password| password.get().cloned());
            }
            UserEvent::UserRenamed { display_name } => {
                self.display_name = display_name.get().cloned();
                self.changes += 1;
            }
            UserEvent::UserAvatarChanged { file_id } => {
                self.avatar = *file_id;
                self.changes += 1;
            }
            UserEvent::UserPasswordChanged { password, generation, kept_session } => {
                self.password = password.get().cloned();
                self.generation = *generation;
                self.kept_session = *kept_session;
            }
            UserEvent::UserPasswordReset { password, generation } => {
                self.password = password.get().cloned();
                self.generation = *generation;
                self.kept_session = None;
            }
            UserEvent::UserEmailChanged { email } => {
                self.email = email.get().cloned();
                self.email_verified = false;
                self.email_told = false;
                self.email_generation = self.email_generation.saturating_add(1);
                self.changes += 1;
            }
            UserEvent::UserEmailVerified => self.email_verified = true,
            UserEvent::UserSessionsRevoked { generation, kept_session } => {
                self.generation = *generation;
                self.kept_session = *kept_session;
            }
            UserEvent::UserRoleGranted { role } => {
                self.roles.insert(*role);
                self.proposed.remove(role);
            }
            UserEvent::UserRoleRevoked { role } => {
                self.roles.remove(role);
                self.proposed.remove(role);
            }
            UserEvent::UserRoleProposed { role, by, expires_at } => {
                self.proposed.insert(*role, Proposal { by: *by, expires_at: *expires_at });
            }
            UserEvent::UserSuspended { by: _, reason: _, generation } => {
                self.suspended = true;
                self.generation = *generation;
                self.kept_session = None;
            }
            UserEvent::UserReinstated => self.suspended = false,
            UserEvent::UserBlocked { other } => {
                self.blocked.insert(*other);
                self.changes += 1;
            }
            UserEvent::UserUnblocked { other } => {
                self.blocked.remove(other);
            }
            UserEvent::UserErased { erasure: _ } => *self = Self { erased: true, ..Self::default() },
        }
    }
}
