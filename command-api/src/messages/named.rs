//! Whom a message may mention.

use api_kit::Problem;
use domain::id::{RoomId, UserId};
use domain::message::{Names, entity};
use tokio::sync::OnceCell;

use crate::Commands;

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
    ///
    /// Nothing is asked of a text without `@`. Of another it is refused (503) to answer before the read models have seen all
    /// that came before it: whom it does not mention when it is sent it never will.
    pub(super) async fn of(&self, text: &str) -> Result<Names, Problem> {
        self.found.get_or_try_init(|| self.look_up(text)).await.cloned()
    }

    async fn look_up(&self, text: &str) -> Result<Names, Problem> {
        let asked: Vec<String> = entity::names(text).into_iter().collect();
        let Some(names) = self.commands.names.as_ref().filter(|_| !asked.is_empty()) else { return Ok(Names::new()) };
        let found = names.members(self.room.0, asked).await?;
        Ok(found.into_iter().map(|(name, user)| (name, UserId(user))).collect())
    }
}
