//! What each event makes of a session.

use super::{Session, SessionEvent};

impl Session {
    /// Takes what happened.
    pub fn evolve(&mut self, event: &SessionEvent) {
        match event {
            SessionEvent::SessionStarted { user_id, secret_sha256, generation, expires_at, ip: _, user_agent: _ } => {
                self.user_id = Some(*user_id);
                self.secret_sha256.clone_from(secret_sha256);
                self.generation = *generation;
                self.expires_at = Some(*expires_at);
            }
            SessionEvent::SessionEnded => self.ended = true,
        }
    }
}
