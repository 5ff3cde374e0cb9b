//! What a session answers.

use super::{Session, SessionCommand, SessionEvent};
use crate::refusal::Refusal;
use crate::sealed::{KeyName, Sealed};
use crate::text;

impl Session {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: SessionCommand) -> Result<Vec<SessionEvent>, Refusal> {
        match command {
            SessionCommand::Start { .. } if self.user_id.is_some() => Err(Refusal::IdTaken),
            SessionCommand::Start { user, secret_sha256, generation, ip, user_agent, expires_at } => {
                let key = KeyName::user(user);
                Ok(vec![SessionEvent::SessionStarted {
                    user_id: user,
                    secret_sha256,
                    generation,
                    ip: Sealed::new(key.clone(), ip),
                    user_agent: Sealed::new(key, text::user_agent(&user_agent)),
                    expires_at,
                }])
            }
            SessionCommand::End { by } if self.user_id != Some(by) => Err(Refusal::NotFound),
            SessionCommand::End { .. } if self.ended => Ok(vec![]),
            SessionCommand::End { .. } => Ok(vec![SessionEvent::SessionEnded]),
        }
    }
}
