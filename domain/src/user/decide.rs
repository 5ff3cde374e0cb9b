//! What an account answers.

mod block;
mod limit;
mod mail;
mod role;
mod suspension;

use super::{User, UserCommand, UserEvent};
use crate::erasure::Erasure;
use crate::id::UserId;
use crate::imported::Origin;
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl User {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: UserCommand) -> Result<Vec<UserEvent>, Refusal> {
        match command {
            UserCommand::Register { user, email, display_name, password, imported } => {
                self.register(user, email, &display_name, password, imported)
            }
            UserCommand::Rename { .. }
            | UserCommand::ChangeAvatar { .. }
            | UserCommand::ChangePassword { .. }
            | UserCommand::ResetPassword { .. }
            | UserCommand::ChangeEmail { .. }
            | UserCommand::VerifyEmail { .. }
            | UserCommand::AnswerForEmail
            | UserCommand::RevokeSessions { .. }
            | UserCommand::GrantRole(_)
            | UserCommand::RevokeRole(_)
            | UserCommand::AgreeOnAuditor { .. }
            | UserCommand::Suspend { .. }
            | UserCommand::Reinstate
            | UserCommand::Block { .. }
            | UserCommand::Unblock { .. }
            | UserCommand::Erase { .. }
                if !self.exists =>
            {
                Err(Refusal::NotFound)
            }
            UserCommand::Rename { user, display_name } => {
                let display_name = text::display_name(&display_name)?;
                if self.display_name.as_ref() == Some(&display_name) {
                    return Ok(vec![]);
                }
                self.may_change()?;
                Ok(vec![UserEvent::UserRenamed { display_name: Sealed::new(KeyName::user(user), display_name) }])
            }
            UserCommand::ChangeAvatar { file } if self.avatar == file => Ok(vec![]),
            UserCommand::ChangeAvatar { file: file_id } => {
                // Taken away it is always, as with its file.
                if file_id.is_some() {
                    self.may_change()?;
                }
                Ok(vec![UserEvent::UserAvatarChanged { file_id }])
            }
            UserCommand::ChangePassword { user, password, keep } => Ok(vec![UserEvent::UserPasswordChanged {
                password: Sealed::new(KeyName::user(user), password),
                generation: self.next_generation(),
                kept_session: keep,
            }]),
            UserCommand::ResetPassword { user, password, proof, at } => self.reset_password(user, password, &proof, at),
            UserCommand::ChangeEmail { user, email } => self.change_email(user, email),
            UserCommand::VerifyEmail { proof, at } => self.verify_email(&proof, at),
            UserCommand::AnswerForEmail if self.email.is_none() || self.email_verified => Ok(vec![]),
            UserCommand::AnswerForEmail => Ok(vec![UserEvent::UserEmailVerified]),
            UserCommand::RevokeSessions { keep } => {
                self.may_end_sessions()?;
                Ok(vec![UserEvent::UserSessionsRevoked { generation: self.next_generation(), kept_session: keep }])
            }
            UserCommand::GrantRole(role) => self.grant_role(role),
            UserCommand::RevokeRole(role) => Ok(self.revoke_role(role)),
            UserCommand::AgreeOnAuditor { by, admins, at } => self.agree_on_auditor(by, &admins, at),
            UserCommand::Suspend { user, by, reason } => self.suspend(user, by, reason),
            UserCommand::Reinstate if !self.suspended => Ok(vec![]),
            UserCommand::Reinstate => Ok(vec![UserEvent::UserReinstated]),
            UserCommand::Block { user, other } => self.block(user, other),
            UserCommand::Unblock { other } => Ok(self.unblock(other)),
            UserCommand::Erase { user } => {
                Ok(vec![UserEvent::UserErased { erasure: Erasure::of(KeyName::user(user)) }])
            }
        }
    }

    fn register(
        &self,
        user: UserId,
        email: Option<String>,
        display_name: &str,
        password: Option<String>,
        imported: Option<Origin>,
    ) -> Result<Vec<UserEvent>, Refusal> {
        if self.exists || self.erased {
            return if imported.is_some() { Ok(vec![]) } else { Err(Refusal::IdTaken) };
        }
        if email.is_none() && imported.is_none() {
            return Err(Refusal::invalid("/email", "is missing"));
        }
        email.iter().try_for_each(|email| text::email(email))?;
        let key = KeyName::user(user);
        Ok(vec![UserEvent::UserRegistered {
            email: email.map(|email| Sealed::new(key.clone(), email)),
            display_name: Sealed::new(key.clone(), text::display_name(display_name)?),
            password: password.map(|password| Sealed::new(key.clone(), password)),
            imported: imported.map(|origin| origin.seal(&key)).transpose()?,
        }])
    }

    /// The generation after this one: every session so far is of an older one.
    fn next_generation(&self) -> u32 {
        self.generation.saturating_add(1)
    }
}
