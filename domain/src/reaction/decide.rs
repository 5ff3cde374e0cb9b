//! What somebody's reactions to a message answer.

use time::OffsetDateTime;

use super::{EMOJI_MOST, REACTIONS_MAX, Reaction, ReactionCommand, ReactionEvent, Target};
use crate::id::UserId;
use crate::imported::Origin;
use crate::permission::{Permission, Standing};
use crate::refusal::Refusal;
use crate::room::RoomType;
use crate::sealed::{KeyName, Month, Sealed};
use crate::text;

impl Reaction {
    /// Answers a command with the facts it makes true; an empty list means they already were.
    pub fn decide(&self, command: ReactionCommand) -> Result<Vec<ReactionEvent>, Refusal> {
        match command {
            ReactionCommand::Add { target, by, emoji, at } => self.add(&target, &by, emoji, at),
            ReactionCommand::Remove { target, by, emoji } => self.remove(&target, &by, emoji),
            ReactionCommand::ImportAdd { target, user, emoji, at, imported } => {
                self.import(&target, user, emoji, at, imported)
            }
        }
    }

    fn add(
        &self,
        target: &Target,
        by: &Standing,
        emoji: String,
        at: OffsetDateTime,
    ) -> Result<Vec<ReactionEvent>, Refusal> {
        target.seen_by(by)?;
        by.require(Permission::React)?;
        text::emoji(&emoji)?;
        if self.emoji.contains_key(&emoji) {
            return Ok(vec![]);
        }
        if self.emoji.len() >= EMOJI_MOST {
            return Err(Refusal::TooManyReactions);
        }
        if self.reactions >= REACTIONS_MAX {
            return Err(Refusal::LimitReached { what: "reactions of yours to this message", most: REACTIONS_MAX });
        }
        let key = match by.room_type {
            RoomType::Group | RoomType::Dialog => KeyName::content(by.user, target.room, Month::of(at)),
            RoomType::Secret => KeyName::reaction(by.user, target.room, target.message),
        };
        Ok(vec![ReactionEvent::ReactionAdded {
            room_id: target.room,
            message_id: target.message,
            user_id: by.user,
            emoji: Sealed::new(key, emoji),
            imported: None,
        }])
    }

    /// Always possible: no more is taken back than was there.
    fn remove(&self, target: &Target, by: &Standing, emoji: String) -> Result<Vec<ReactionEvent>, Refusal> {
        target.seen_by(by)?;
        text::emoji(&emoji)?;
        let Some(key) = self.emoji.get(&emoji) else { return Ok(vec![]) };
        Ok(vec![ReactionEvent::ReactionRemoved {
            room_id: target.room,
            message_id: target.message,
            user_id: by.user,
            emoji: Sealed::new(key.clone(), emoji),
        }])
    }

    fn import(
        &self,
        target: &Target,
        user: UserId,
        emoji: String,
        at: OffsetDateTime,
        imported: Origin,
    ) -> Result<Vec<ReactionEvent>, Refusal> {
        target.readable()?;
        text::emoji(&emoji)?;
        if self.emoji.contains_key(&emoji) || self.taken_back.contains(&emoji) {
            return Ok(vec![]);
        }
        let key = KeyName::content(user, target.room, Month::of(at));
        let imported = Some(imported.seal(&key)?);
        Ok(vec![ReactionEvent::ReactionAdded {
            room_id: target.room,
            message_id: target.message,
            user_id: user,
            emoji: Sealed::new(key, emoji),
            imported,
        }])
    }
}

impl Target {
    /// Refuses a message that is not there, or says nothing any more.
    fn readable(&self) -> Result<(), Refusal> {
        match (self.there, self.says) {
            (true, true) => Ok(()),
            (true, false) => Err(Refusal::MessageDeleted),
            (false, _) => Err(Refusal::NotFound),
        }
    }

    /// The same for a member, of a room that is not archived.
    fn seen_by(&self, by: &Standing) -> Result<(), Refusal> {
        by.member()?;
        if self.there {
            by.open()?;
        }
        self.readable()
    }
}
