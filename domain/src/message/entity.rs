//! Entities: links, code and mentions, found in a text by the server.
//!
//! Offsets and lengths are counted in characters (Unicode scalar values), as lengths of texts are. Entities do not
//! overlap, and stand in their order. In what is code, nothing else is found.

mod code;
mod link;
mod mention;
#[cfg(test)]
mod tests;
mod word;

use serde::{Deserialize, Serialize};

use crate::id::UserId;

pub use mention::{Names, names};

/// Most links and pieces of code that are found in one message; what comes after them is plain text.
pub const MARKS_MOST: usize = 200;

/// Most mentions that are found in one message; what comes after them is plain text.
pub const MENTIONS_MOST: usize = 50;

/// What a part that means something may begin with: all else is passed at once.
const BEGINS: [char; 4] = ['`', 'h', 'H', '@'];

/// A part of a text that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: EntityKind,
    /// Where it begins, in characters.
    pub offset: usize,
    /// How long it is, in characters: with the backticks of code, with the `@` of a mention.
    pub length: usize,
    /// Who is mentioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityKind {
    /// An address of the web.
    Link,
    /// Code: between backticks in a line, or between two lots of three.
    Code,
    /// A member by their name.
    Mention,
    /// Everybody.
    MentionAll,
}

/// What a text begins with.
struct Part {
    kind: EntityKind,
    bytes: usize,
    user: Option<UserId>,
}

/// Finds entities in `text`, in their order. `names` are those of [`names()`] that are names of members; `all` is whether `@all`
/// mentions everybody.
///
/// Reads the text once, left to right; whatever begins first wins.
pub fn find(text: &str, names: &Names, all: bool) -> Vec<Entity> {
    let mut found = vec![];
    let (mut marks, mut mentions) = (MARKS_MOST, mention::Allowance::default());
    // Bytes and characters that were passed.
    let (mut at, mut offset) = (0, 0);
    while let Some((passed, next)) = text[at..].char_indices().find(|(_, letter)| BEGINS.contains(letter)) {
        offset += text[at..at + passed].chars().count();
        at += passed;
        let (before, rest) = text.split_at(at);
        let part = match next {
            '`' => code::at(rest).map(|bytes| Part { kind: EntityKind::Code, bytes, user: None }),
            'h' | 'H' if !word::goes_on_after(before) => {
                link::at(rest).map(|bytes| Part { kind: EntityKind::Link, bytes, user: None })
            }
            '@' if !word::goes_on_after(before) => mentions.spend(|| mention::at(rest, names, all)),
            _ => None,
        };
        let bytes = match &part {
            Some(part) => part.bytes,
            // Of backticks that begin no code, none of the run does.
            None if next == '`' => code::run(rest),
            None => next.len_utf8(),
        };
        let length = rest[..bytes].chars().count();
        if let Some(Part { kind, user, .. }) = part {
            let is_mark = matches!(kind, EntityKind::Link | EntityKind::Code);
            if !is_mark || marks > 0 {
                marks -= usize::from(is_mark);
                found.push(Entity { kind, offset, length, user_id: user });
            }
        }
        at += bytes;
        offset += length;
    }
    found
}

/// Who is mentioned by name, each once.
pub fn mentioned(entities: &[Entity]) -> Vec<UserId> {
    let mut mentioned: Vec<_> = entities.iter().filter_map(|entity| entity.user_id).collect();
    mentioned.sort_unstable();
    mentioned.dedup();
    mentioned
}

/// Whether everybody is mentioned.
pub fn mentions_all(entities: &[Entity]) -> bool {
    entities.iter().any(|entity| entity.kind == EntityKind::MentionAll)
}
