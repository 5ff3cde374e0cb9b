//! A message.

use super::{Number, Who};

/// A message.
#[derive(Clone, Debug)]
pub(in super::super) struct Message {
    pub(in super::super) room: Number,
    pub(in super::super) sender: Who,
    /// In order; never empty.
    pub(in super::super) wordings: Vec<Wording>,
    pub(in super::super) reply_to: Option<Number>,
    /// Message, room and sender of what was forwarded.
    pub(in super::super) forwarded: Option<(Number, Number, Who)>,
    /// Emoji, and who reacted with each.
    pub(in super::super) reactions: Vec<(String, Vec<Who>)>,
    pub(in super::super) pinned: bool,
    pub(in super::super) deleted: bool,
    /// When it was sent, in the order of everything.
    pub(in super::super) tick: i64,
    pub(in super::super) version: i64,
}

/// What a message said from some time on.
#[derive(Clone, Debug)]
pub(in super::super) struct Wording {
    pub(in super::super) text: String,
    /// Who is mentioned by name, with the place in the text and the length.
    pub(in super::super) mentions: Vec<(Who, usize, usize)>,
    /// Where everybody is mentioned.
    pub(in super::super) all: Option<usize>,
    /// The minute.
    pub(in super::super) at: i64,
    pub(in super::super) tick: i64,
    pub(in super::super) version: i64,
}

impl Message {
    /// Whose words they are.
    pub(in super::super) fn author(&self) -> Who {
        self.forwarded.map_or(self.sender, |(_, _, sender)| sender)
    }

    pub(in super::super) fn says(&self) -> &Wording {
        self.wordings.last().expect("what was said has words")
    }

    pub(in super::super) fn mentions(&self, who: Who) -> bool {
        let says = self.says();
        says.all.is_some() || says.mentions.iter().any(|(mentioned, ..)| *mentioned == who)
    }

    /// The emoji that somebody reacted with.
    pub(in super::super) fn emoji_of(&self, who: Who) -> usize {
        self.reactions.iter().filter(|(_, people)| people.contains(&who)).count()
    }
}
