//! Whom a message may mention.

use std::time::Duration;

use domain::id::{RoomId, UserId};
use domain::message::{Names, entity};
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::Commands;

/// How long is waited for whoever finds them, who waits less for read models that are behind. Without an answer a message is
/// sent all the same, and mentions nobody by name.
const PATIENCE: Duration = Duration::from_secs(3);

/// Whom a text mentions among the members of a room: looked up once, however often its command is decided.
pub(super) struct Named<'a> {
    commands: &'a Commands,
    room: RoomId,
    found: OnceCell<Names>,
}

impl<'a> Named<'a> {
    /// Of nobody yet.
    pub(super) fn in_room(commands: &'a Commands, room: RoomId) -> Self {
        Self { commands, room, found: OnceCell::new() }
    }

    /// Whom `text` mentions. To be asked for a member alone: others must not learn who is in the room, nor make it cost.
    pub(super) async fn of(&self, text: &str) -> Names {
        self.found.get_or_init(|| self.look_up(text)).await.clone()
    }

    async fn look_up(&self, text: &str) -> Names {
        let asked: Vec<String> = entity::names(text).into_iter().collect();
        let Some(names) = self.commands.names.as_ref().filter(|_| !asked.is_empty()) else { return Names::new() };
        match timeout(PATIENCE, names.members(self.room.0, asked)).await {
            Ok(Ok(found)) => found.into_iter().map(|(name, user)| (name, UserId(user))).collect(),
            Ok(Err(problem)) => {
                tracing::warn!(error = &problem as &dyn std::error::Error, "it is not known whom a message mentions");
                Names::new()
            }
            Err(_) => {
                tracing::warn!("whom a message mentions is not found out in time");
                Names::new()
            }
        }
    }
}
