//! Reactions: `migrations/read/reaction.sql`.

use domain::reaction::ReactionEvent;
use uuid::Uuid;

use crate::event::{Event, Fact};
use crate::projection::{Poison, Projection};
use crate::rows::{Rows, row};

row! {
    /// Somebody's reactions to a message.
    struct Reaction in "reaction" by [message_id, user_id] {
        message_id: Uuid,
        user_id: Uuid,
        emoji: Vec<String>,
        version: i64,
    }
}

row! {
    /// How many reacted to a message with one emoji.
    struct ReactionCount in "reaction_count" by ReactionCountKey { message_id: Uuid, emoji: String } {
        message_id: Uuid,
        emoji: String,
        count: i64,
    }
}

pub(crate) struct Reactions;

impl Projection for Reactions {
    const NAME: &'static str = "reactions";
    const VERSION: i32 = 2;
    const DDL: &'static str = include_str!("../../migrations/read/reaction.sql");

    fn want(rows: &mut Rows, event: &Event) {
        let Some(Told { message_id, user_id, emoji, .. }) = told(event) else { return };
        rows.reactions.want([message_id, user_id]);
        if let Some(emoji) = emoji {
            rows.reaction_counts.want(ReactionCountKey { message_id, emoji: emoji.clone() });
        }
    }

    /// What cannot be read any more is as if it had never stood there.
    fn project(rows: &mut Rows, event: &Event) -> Result<(), Poison> {
        let Some(Told { message_id, user_id, emoji, stands }) = told(event) else { return Ok(()) };
        let reaction = rows.reactions.change_or_make([message_id, user_id], || Reaction {
            message_id,
            user_id,
            emoji: vec![],
            version: 0,
        });
        reaction.version = event.sequence;
        let Some(emoji) = emoji else { return Ok(()) };
        let stood = reaction.emoji.iter().position(|one| one == emoji);
        let key = ReactionCountKey { message_id, emoji: emoji.clone() };
        match (stood, stands) {
            (None, true) => {
                reaction.emoji.push(emoji.clone());
                let count = rows.reaction_counts.change_or_make(key, || ReactionCount {
                    message_id,
                    emoji: emoji.clone(),
                    count: 0,
                });
                count.count += 1;
            }
            (Some(place), false) => {
                reaction.emoji.remove(place);
                let count = rows.reaction_counts.change(&key).ok_or(Poison::NothingToChange)?;
                count.count -= 1;
                if count.count == 0 {
                    rows.reaction_counts.remove(key);
                }
            }
            (Some(_), true) | (None, false) => {}
        }
        Ok(())
    }
}

/// What an event tells: whose reaction to what, and whether it stands from then on. No emoji: it cannot be read any more.
struct Told<'a> {
    message_id: Uuid,
    user_id: Uuid,
    emoji: Option<&'a String>,
    stands: bool,
}

fn told(event: &Event) -> Option<Told<'_>> {
    let Fact::Reaction(fact) = &event.fact else { return None };
    let (message, user, emoji, stands) = match fact {
        ReactionEvent::ReactionAdded { message_id, user_id, emoji, .. } => (message_id, user_id, emoji, true),
        ReactionEvent::ReactionRemoved { message_id, user_id, emoji, .. } => (message_id, user_id, emoji, false),
    };
    Some(Told { message_id: message.0, user_id: user.0, emoji: emoji.get(), stands })
}
