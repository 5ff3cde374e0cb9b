//! Grams: the short parts that a text is found by.
//!
//! Every part of a word of one, two or three letters is a gram, so that a part of any length is found; of scripts with
//! thousands of letters only those of one and two, which say as much there.

use std::ops::Range;

/// The grams of a folded text, some of them several times.
pub fn grams(folded: &str) -> Vec<&str> {
    let mut grams = Vec::with_capacity(folded.len() * 3);
    each(folded, |place, _| grams.push(&folded[place]));
    grams
}

/// Hands over each gram: where it stands in the folded text, and its number.
pub(crate) fn each(folded: &str, mut take: impl FnMut(Range<usize>, Packed)) {
    // Where the one and the two letters before begin, with their numbers, and how many letters that are not dense end here.
    let (mut one, mut two, mut alphabetic) = (None::<(usize, u64)>, None::<(usize, u64)>, 0);
    for (start, letter) in folded.char_indices() {
        if letter.is_whitespace() {
            (one, two, alphabetic) = (None, None, 0);
            continue;
        }
        let (end, number) = (start + letter.len_utf8(), number(letter));
        alphabetic = if is_dense(letter) { 0 } else { alphabetic + 1 };
        take(start..end, Packed(number << 42));
        if let Some((begin, before)) = one {
            take(begin..end, Packed(before << 42 | number << 21));
        }
        if let Some((begin, before)) = two.filter(|_| alphabetic >= 3) {
            take(begin..end, Packed(before << 21 | number));
        }
        (one, two) = (Some((start, number)), one.map(|(begin, before)| (begin, before << 21 | number)));
    }
}

/// One more than the letter's, so that none is 0.
fn number(letter: char) -> u64 {
    u64::from(letter) + 1
}

/// A gram as a number, in the order of the texts: 21 bits a letter, which are enough for one more than there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Packed(u64);

impl Packed {
    /// Most bytes of a text.
    pub(crate) const LONGEST: usize = 12;

    /// Its text, which is put into `bytes`.
    pub(crate) fn text(self, bytes: &mut [u8; Self::LONGEST]) -> &str {
        let letter =
            |shift: u32| u32::try_from(self.0 >> shift & 0x1f_ffff).ok()?.checked_sub(1).and_then(char::from_u32);
        let mut length = 0;
        for letter in [42, 21, 0].into_iter().filter_map(letter) {
            length += letter.encode_utf8(&mut bytes[length..]).len();
        }
        str::from_utf8(&bytes[..length]).unwrap_or_default()
    }
}

/// Grams of every text that a folded word is a part of, or several words with single spaces between them. As few as say
/// all that grams can say, and `most` at most.
pub fn asks(word: &str, most: usize) -> Vec<&str> {
    let mut asks = vec![];
    for word in word.split_whitespace() {
        let mut end = 0;
        for (start, _) in word.char_indices() {
            let gram = head(&word[start..], longest(&word[start..]));
            // Else the one before says it already.
            if start + gram.len() > end {
                asks.push(gram);
                end = start + gram.len();
            }
        }
    }
    asks.sort_unstable();
    asks.dedup();
    if asks.len() > most {
        asks = (0..most).map(|place| asks[place * asks.len() / most]).collect();
    }
    asks
}

/// The length, in letters, of the longest gram that begins here.
fn longest(text: &str) -> usize {
    let mut letters = text.chars();
    let alphabetic = letters.by_ref().take(3).take_while(|letter| !is_dense(*letter)).count();
    if alphabetic == 3 { 3 } else { text.chars().take(2).count() }
}

/// Whether it is of a script with thousands of letters, or a picture.
fn is_dense(letter: char) -> bool {
    letter >= '\u{2e80}'
}

/// The first letters.
fn head(text: &str, length: usize) -> &str {
    text.char_indices().nth(length).map_or(text, |(end, _)| &text[..end])
}
