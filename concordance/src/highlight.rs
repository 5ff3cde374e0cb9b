//! Where in a text the words are that it was found by.

use super::fold::Folded;

/// A part of a text, in characters (Unicode scalar values).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Range {
    /// Characters before it.
    pub offset: usize,
    /// Its characters.
    pub length: usize,
}

/// Where the folded `words` stand in `text`, in order, `most` of them at most; those that overlap are one.
pub fn highlights(text: &str, words: &[String], most: usize) -> Vec<Range> {
    let folded = Folded::of(text);
    let mut found = vec![];
    for word in words {
        for (start, word) in folded.text.match_indices(word.as_str()).take(most) {
            found.push(folded.origin(start, start + word.len()));
        }
    }
    found.sort_unstable();
    let mut joined = Vec::<(usize, usize)>::new();
    for (start, end) in found {
        match joined.last_mut() {
            Some(last) if start < last.1 => last.1 = last.1.max(end),
            Some(_) | None => joined.push((start, end)),
        }
    }
    joined.into_iter().take(most).map(|(start, end)| Range { offset: start, length: end - start }).collect()
}
