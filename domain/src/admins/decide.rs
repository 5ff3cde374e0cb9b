//! What the set of administrators answers.

use super::{Admins, AdminsCommand, AdminsEvent};
use crate::refusal::Refusal;

impl Admins {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: AdminsCommand) -> Result<Vec<AdminsEvent>, Refusal> {
        match command {
            AdminsCommand::Add(user) if self.members.contains(&user) => Ok(vec![]),
            AdminsCommand::Add(user_id) => Ok(vec![AdminsEvent::AdminAdded { user_id }]),
            AdminsCommand::Remove(user) if !self.members.contains(&user) => Ok(vec![]),
            AdminsCommand::Remove(_) if self.members.len() == 1 => Err(Refusal::LastAdmin),
            AdminsCommand::Remove(user_id) => Ok(vec![AdminsEvent::AdminRemoved { user_id }]),
        }
    }
}
