//! What somebody looks for, read from what they typed.

mod date;
#[cfg(test)]
mod tests;

use api_kit::Problem;
use concordance::fold_words;
use time::OffsetDateTime;
use uuid::Uuid;

/// Longest question, in characters.
const LONGEST: usize = 1_000;

/// Most words, and most filters, of one question.
const MOST: usize = 20;

/// What somebody looks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Folded words, and phrases with single spaces between words; all must be in a text. None is a part of another.
    pub(super) words: Vec<String>,
    /// Who may have sent it; anybody if empty.
    pub(super) from: Vec<Name>,
    /// Which room it may be in; any if empty.
    pub(super) within: Vec<Name>,
    /// It was sent then or later.
    pub(super) since: Option<OffsetDateTime>,
    /// It was sent before then.
    pub(super) until: Option<OffsetDateTime>,
}

/// How somebody or something is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    /// By id.
    Id(Uuid),
    /// By name, folded.
    Folded(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    From,
    In,
    Before,
    After,
}

const KEYS: [(&str, Key); 4] =
    [("from:", Key::From), ("in:", Key::In), ("before:", Key::Before), ("after:", Key::After)];

impl Question {
    /// Reads words, `"phrases"`, and the filters `from:`, `in:`, `before:` and `after:`, whose values may be quoted too.
    ///
    /// A filter without a value is a word.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        if text.chars().nth(LONGEST).is_some() {
            return Err(refused(format!("at most {LONGEST} characters")));
        }
        let (mut question, mut filters, mut rest) = (Self::default(), 0, text.trim_start());
        while !rest.is_empty() {
            let (key, of_key) = key(rest);
            let (value, after) = value(of_key);
            if let Some(key) = key.filter(|_| !value.trim().is_empty()) {
                question.filter(key, value)?;
                filters += 1;
                rest = after;
            } else {
                let (word, after) = self::value(rest);
                question.words.push(fold_words(word));
                rest = after;
            }
            rest = rest.trim_start();
        }
        question.words.retain(|word| !word.is_empty());
        question.words = without_parts(question.words);
        if question.words.len() > MOST || filters > MOST {
            return Err(refused(format!("at most {MOST} words and {MOST} filters")));
        }
        Ok(question)
    }

    fn filter(&mut self, key: Key, value: &str) -> Result<(), Problem> {
        match key {
            Key::From => self.from.push(Name::read(value)),
            Key::In => self.within.push(Name::read(value)),
            Key::Before => {
                let (begin, _) = date::span(value).ok_or_else(|| no_date("before"))?;
                self.until = Some(self.until.map_or(begin, |until| until.min(begin)));
            }
            Key::After => {
                let (_, end) = date::span(value).ok_or_else(|| no_date("after"))?;
                self.since = Some(self.since.map_or(end, |since| since.max(end)));
            }
        }
        Ok(())
    }
}

impl Name {
    fn read(text: &str) -> Self {
        let text = text.trim();
        Uuid::try_parse(text).map_or_else(|_| Self::Folded(fold_words(text.trim_start_matches(['@', '#']))), Self::Id)
    }
}

/// What is wrong with what they typed.
pub(super) fn refused(detail: impl Into<String>) -> Problem {
    Problem::invalid("/q", detail)
}

fn no_date(key: &str) -> Problem {
    refused(format!("{key}: takes a day, a month or a year such as 2026-01-31, 2026-01 or 2026, or an RFC 3339 time"))
}

/// The filter that `text` begins with, and what follows.
fn key(text: &str) -> (Option<Key>, &str) {
    for (name, key) in KEYS {
        if let Some((begin, rest)) = text.split_at_checked(name.len())
            && begin.eq_ignore_ascii_case(name)
        {
            return (Some(key), rest);
        }
    }
    (None, text)
}

/// Up to the next space, or what stands in quotes; and what follows.
fn value(text: &str) -> (&str, &str) {
    if let Some((quoted, rest)) = text.strip_prefix('"').and_then(|text| text.split_once('"')) {
        return (quoted, rest);
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

/// A word that is a part of another asks for nothing more.
fn without_parts(mut words: Vec<String>) -> Vec<String> {
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let mut kept = Vec::<String>::new();
    for word in words {
        if !kept.iter().any(|longer| longer.contains(&word)) {
            kept.push(word);
        }
    }
    kept
}
