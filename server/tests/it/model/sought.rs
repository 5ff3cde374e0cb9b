//! What is searched for.

use super::play::Play;
use super::world::{NAMES, Number, Who, World};

/// Messages of which all of this is true.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sought {
    /// They say each of these. No two share a letter, so that no two are marked as one.
    pub(super) words: &'static [&'static str],
    /// Who sent them, by name.
    pub(super) from: Option<Who>,
    /// The room that they are in, by id.
    pub(super) within: Option<Number>,
    /// They were sent before this minute.
    pub(super) before: Option<i64>,
}

impl Sought {
    /// Every way to search, for what somebody sent, in a room, and before now.
    pub(super) fn each(world: &World, who: Who, room: Number) -> [Self; 6] {
        let any = Self::default();
        [
            Self { words: &["apple"], ..any },
            Self { words: &["e"], ..any },
            Self { words: &["ar", "e"], ..any },
            Self { from: Some(who), ..any },
            Self { words: &["e"], within: Some(room), ..any },
            Self { words: &["apple"], before: Some(world.now), ..any },
        ]
    }

    /// As it is typed, in an address.
    pub(super) fn typed(self, play: &mut Play<'_>) -> String {
        let words = self.words.iter().map(|word| (*word).to_owned());
        let from = self.from.map(|who| format!("from:{}", NAMES[who]));
        let within = self.within.map(|room| format!("in:{}", play.room_id(room)));
        let before = self.before.map(|minute| format!("before:{}", play.minute(minute)));
        let typed: Vec<_> = words.chain(from).chain(within).chain(before).collect();
        typed.join("%20")
    }

    /// For how many words, and by what else.
    pub(super) fn kind(self) -> String {
        let filters = [self.from.map(|_| "from"), self.within.map(|_| "in"), self.before.map(|_| "before")];
        let filters: Vec<_> = filters.into_iter().flatten().collect();
        format!("{} words {filters:?}", self.words.len())
    }
}
