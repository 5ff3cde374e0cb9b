//! Folding: what is the same to whoever searches becomes the same text.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds case, accents, widths and typographic variants away: `Ünïted` and `united`, `ﬁ` and `fi`, `Ａ` and `a`, `ß` and
/// `ss`, `don’t` and `don't`, a line's end and a space, one space and several are the same.
///
/// A character with what combines with it folds by itself, so that a part of a text, cut between such clusters, folds to
/// a part of what the whole folds to.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    if text.is_ascii() {
        for letter in text.chars() {
            match letter.is_whitespace() {
                true if folded.ends_with(' ') => {}
                true => folded.push(' '),
                false => folded.push(letter.to_ascii_lowercase()),
            }
        }
        return folded;
    }
    for cluster in Clusters(text) {
        fold_cluster(cluster, &mut folded);
    }
    folded
}

/// Folds a name, or a phrase: with single spaces between its words, and none around them.
pub fn fold_words(text: &str) -> String {
    fold(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A folded text that knows where each part of it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    pub(super) text: String,
    /// Where each cluster begins: in the folded text, in bytes, and in the original, in characters; the end last.
    origins: Vec<(usize, usize)>,
}

impl Folded {
    /// Folds a text as [`fold`] does.
    pub fn of(text: &str) -> Self {
        let (mut folded, mut origins, mut read) = (String::with_capacity(text.len()), vec![], 0);
        for cluster in Clusters(text) {
            origins.push((folded.len(), read));
            fold_cluster(cluster, &mut folded);
            read += cluster.chars().count();
        }
        origins.push((folded.len(), read));
        Self { text: folded, origins }
    }

    /// The characters of the original, from the first to past the last, that bytes of the folded text come from.
    pub(super) fn origin(&self, start: usize, end: usize) -> (usize, usize) {
        let cluster = |byte: usize| self.origins.partition_point(|(begin, _)| *begin <= byte);
        (self.origins[cluster(start) - 1].1, self.origins[cluster(end - 1)].1)
    }
}

/// A text's characters, each with what combines with it.
struct Clusters<'a>(&'a str);

impl<'a> Iterator for Clusters<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let mut rest = self.0.char_indices();
        rest.next()?;
        let end = rest.find(|(_, letter)| !combines(*letter)).map_or(self.0.len(), |(end, _)| end);
        let (cluster, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(cluster)
    }
}

/// Whether it may melt into the character before it: marks, vowels and finals of Hangul, halfwidth voicing of kana.
fn combines(letter: char) -> bool {
    letter >= '\u{300}'
        && (is_combining_mark(letter) || matches!(letter, '\u{1160}'..='\u{11ff}' | '\u{ff9e}' | '\u{ff9f}'))
}

/// Appends what a cluster folds to; a space after a space is none.
fn fold_cluster(cluster: &str, folded: &mut String) {
    let end = folded.len();
    push_folded(cluster, folded);
    if folded[..end].ends_with(' ') && folded[end..].starts_with(' ') {
        folded.remove(end);
    }
}

fn push_folded(cluster: &str, folded: &mut String) {
    let mut letters = cluster.chars();
    let (first, alone) = (letters.next(), letters.next().is_none());
    match first {
        Some(first) if alone && first.is_whitespace() => folded.push(' '),
        Some(first) if alone && first.is_ascii() => folded.push(first.to_ascii_lowercase()),
        Some(first) if alone && is_plain(first) => folded.push(first),
        _ => {
            // A capital first: the iota below a Greek letter is one beside its capital, before what else combines with it.
            let capital = cluster.nfc().flat_map(char::to_uppercase);
            let bare = capital.nfkd().filter(|letter| !is_dropped(*letter));
            let lower = bare.flat_map(char::to_uppercase).flat_map(char::to_lowercase);
            let alike: String = lower.fold(String::new(), |mut text, letter| {
                match alike(letter) {
                    Some(letters) => text.push_str(letters),
                    None => text.push(letter),
                }
                text
            });
            folded.extend(alike.nfc());
        }
    }
}

/// Whether it folds to itself: Han, kana and Hangul as they are mostly written.
fn is_plain(letter: char) -> bool {
    matches!(
        letter,
        '\u{3041}'..='\u{3096}'
            | '\u{30a1}'..='\u{30fa}'
            | '\u{30fc}'
            | '\u{3400}'..='\u{4dbf}'
            | '\u{4e00}'..='\u{9fff}'
            | '\u{ac00}'..='\u{d7a3}'
            | '\u{20000}'..='\u{2f7ff}'
    )
}

/// Whether it is left out: accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones, and what is
/// not seen. Marks that make another letter, as in kana and the scripts of India, stay.
fn is_dropped(letter: char) -> bool {
    let is_accent = matches!(
        letter,
        '\u{300}'..='\u{344}'
            | '\u{346}'..='\u{36f}'
            | '\u{483}'..='\u{487}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'
            | '\u{5c1}'
            | '\u{5c2}'
            | '\u{5c4}'
            | '\u{5c5}'
            | '\u{5c7}'
            | '\u{610}'..='\u{61a}'
            | '\u{640}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    );
    let is_unseen = matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e0fff}'
    );
    is_accent || is_unseen
}

/// What is written for a letter on other keyboards. Letters whose accent is no part that comes off, and the quotes and
/// dashes that programs put in the place of typed ones.
fn alike(letter: char) -> Option<&'static str> {
    Some(match letter {
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ħ' => "h",
        'ł' => "l",
        'ŧ' => "t",
        'þ' => "th",
        '‘' | '’' | '‛' | 'ʼ' => "'",
        '“' | '”' | '„' | '‟' => "\"",
        '‐' | '‑' | '–' | '—' | '−' => "-",
        _ => return None,
    })
}
