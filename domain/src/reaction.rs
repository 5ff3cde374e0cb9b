//! Somebody's reactions to a message.

mod command;
mod decide;
mod event;
mod evolve;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cqrs_es::Aggregate;
use cqrs_es::event_sink::EventSink;
use serde::{Deserialize, Serialize};

use crate::id::{MessageId, UserId};
use crate::refusal::Refusal;
use crate::sealed::KeyName;

pub use command::{ReactionCommand, Target};
pub use event::ReactionEvent;

/// Most different emoji of one person at one message.
pub const EMOJI_MOST: usize = 20;

/// How often one person reacts to one message, so that the stream stays short.
pub const REACTIONS_MAX: usize = 500;

/// Somebody's reactions to a message as their events left them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    /// The emoji that stand there now, each with the key that it is sealed with: its removal is sealed with the same, so
    /// that they end together. What cannot be read any more does not stand there.
    pub emoji: BTreeMap<String, KeyName>,
    /// Of a message of a secret room, the key that it is sealed with, which ends with the message; none of what was sealed
    /// with the message's own, as it was at first.
    pub key: Option<KeyName>,
    /// What was taken back, and does not stand there now: an import does not bring it back.
    pub taken_back: BTreeSet<String>,
    /// How often they reacted.
    pub reactions: usize,
}

impl Reaction {
    /// The id of the stream of `user`'s reactions to `message`.
    pub fn stream(message: MessageId, user: UserId) -> String {
        format!("{message}:{user}")
    }
}

impl Aggregate for Reaction {
    const TYPE: &'static str = "reaction";
    type Command = ReactionCommand;
    type Event = ReactionEvent;
    type Error = Refusal;
    type Services = ();

    async fn handle(&mut self, command: ReactionCommand, (): &(), sink: &EventSink<Self>) -> Result<(), Refusal> {
        for event in self.decide(command)? {
            sink.write(event, self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: ReactionEvent) {
        self.evolve(&event);
    }
}
