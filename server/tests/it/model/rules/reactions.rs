//! Reactions.

use super::needs;
use crate::model::world::{Answer, Message, Number, Room, Who, World};

/// Most different emoji of one person.
const MOST: usize = 20;

impl World {
    pub(super) fn reacts(&mut self, by: Who, id: Number, message: Number, emoji: &str) -> Answer {
        let (room, said) = self.reacted_to(by, id, message)?;
        needs(room, by, "react")?;
        if emoji.is_empty() || emoji.contains(' ') {
            return Err("invalid");
        }
        let stands = said.reactions.iter().any(|(one, people)| one == emoji && people.contains(&by));
        if stands {
            return Ok(204);
        }
        if said.emoji_of(by) >= MOST {
            return Err("too-many-reactions");
        }
        let reactions = self.reactions(message);
        match reactions.iter_mut().find(|(one, _)| one == emoji) {
            Some((_, people)) => people.push(by),
            None => reactions.push((emoji.to_owned(), vec![by])),
        }
        Ok(204)
    }

    pub(super) fn takes_back(&mut self, by: Who, id: Number, message: Number, emoji: &str) -> Answer {
        self.reacted_to(by, id, message)?;
        if emoji.is_empty() || emoji.contains(' ') {
            return Err("invalid");
        }
        let reactions = self.reactions(message);
        for (_, people) in reactions.iter_mut().filter(|(one, _)| one == emoji) {
            people.retain(|who| *who != by);
        }
        reactions.retain(|(_, people)| !people.is_empty());
        Ok(204)
    }

    fn reacted_to(&self, by: Who, id: Number, message: Number) -> Result<(&Room, &Message), &'static str> {
        self.inside(by, id)?;
        let said = self.seen_message(by, id, message).ok_or("not-found")?;
        let room = self.writable(by, id)?;
        if self.is_gone(said) { Err("message-deleted") } else { Ok((room, said)) }
    }

    fn reactions(&mut self, message: Number) -> &mut Vec<(String, Vec<Who>)> {
        &mut self.messages.get_mut(&message).expect("it was just looked at").reactions
    }
}
