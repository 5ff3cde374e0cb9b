//! Mentions.

use std::collections::{BTreeMap, BTreeSet};

use super::{EntityKind, MENTIONS_MOST, Part, word};
use crate::id::UserId;
use crate::text::DISPLAY_NAME_MAX;

/// Members by what mentions them, as it is written in the text.
pub type Names = BTreeMap<String, UserId>;

/// What mentions everybody.
const ALL: &str = "all";

/// Most `@` of a message that are looked at.
const SIGNS_MOST: usize = 200;

/// Most places after an `@` where a name may end.
const ENDS_MOST: usize = 16;

/// Most names that are asked for.
const NAMES_MOST: usize = 500;

/// What may mention somebody in `text`, to be looked up among the members' names without regard to case: what stands after
/// an `@`, up to the end of each of the next words. At most 500, so that looking them up costs little.
pub fn names(text: &str) -> BTreeSet<String> {
    let signs = text.match_indices('@').filter(|(at, _)| !word::goes_on_after(&text[..*at]));
    let candidates = signs.take(SIGNS_MOST).flat_map(|(at, _)| candidates(&text[at + 1..]));
    candidates.take(NAMES_MOST).map(str::to_owned).collect()
}

/// How much is left to be looked at and found.
pub(super) struct Allowance {
    signs: usize,
    mentions: usize,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { signs: SIGNS_MOST, mentions: MENTIONS_MOST }
    }
}

impl Allowance {
    /// Looks, if there is any left.
    pub(super) fn spend(&mut self, look: impl FnOnce() -> Option<Part>) -> Option<Part> {
        if self.signs == 0 || self.mentions == 0 {
            return None;
        }
        self.signs -= 1;
        let found = look();
        self.mentions -= usize::from(found.is_some());
        found
    }
}

/// The mention that `rest`, which begins with `@`, begins with.
///
/// The longest name wins; `@all`, where it may be used, is as a name of three letters, and stands before a member's.
pub(super) fn at(rest: &str, names: &Names, all: bool) -> Option<Part> {
    candidates(&rest[1..]).into_iter().rev().find_map(|candidate| {
        let bytes = 1 + candidate.len();
        if all && candidate.eq_ignore_ascii_case(ALL) {
            return Some(Part { kind: EntityKind::MentionAll, bytes, user: None });
        }
        names.get(candidate).map(|user| Part { kind: EntityKind::Mention, bytes, user: Some(*user) })
    })
}

/// The names that `said` may begin with, shortest first.
fn candidates(said: &str) -> Vec<&str> {
    let end = said.char_indices().nth(DISPLAY_NAME_MAX).map_or(said.len(), |(end, _)| end);
    let line = said[..end].split(char::is_control).next().unwrap_or_default();
    if line.starts_with(char::is_whitespace) {
        return vec![];
    }
    let places = line.char_indices().skip(1).map(|(place, _)| place).chain([line.len()]);
    let ends_a_name = |place: &usize| {
        let name = &line[..*place];
        !name.is_empty() && !name.ends_with(char::is_whitespace) && !word::goes_on(name, &said[*place..])
    };
    places.filter(ends_a_name).take(ENDS_MOST).map(|place| &line[..place]).collect()
}
