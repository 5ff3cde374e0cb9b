//! Lines of chat that nobody wrote: words as often as in a language, made of syllables.

use std::collections::HashSet;
use std::fmt::Write;

const BEGINNINGS: [&str; 24] = [
    "b", "br", "c", "ch", "d", "f", "g", "gr", "h", "k", "l", "m", "n", "p", "pr", "r", "s", "sh", "st", "t", "th",
    "tr", "v", "w",
];
const MIDDLES: [&str; 12] = ["a", "e", "i", "o", "u", "ea", "ou", "ai", "ee", "io", "oo", "y"];
const ENDS: [&str; 14] = ["", "", "n", "r", "s", "t", "ng", "mp", "st", "l", "m", "ck", "th", "re"];
const HAN: &str = "今日天気会議資料送東京服務器已経重啓問題我也遇到過明天下午三点開会討論項目安装這個怎么你好";

/// Different words.
pub(super) const COUNT: u64 = 30_000;

/// A vocabulary, most frequent words first.
pub(super) struct Words {
    words: Vec<String>,
}

impl Words {
    pub(super) fn new() -> Self {
        let mut words = Vec::<String>::new();
        let (mut seen, mut number) = (HashSet::new(), 0);
        while (words.len() as u64) < COUNT {
            // Frequent words are short.
            let syllables = 1 + words.len().max(1).ilog(40);
            let word = word(number, u64::from(syllables));
            number += 1;
            if seen.insert(word.clone()) {
                words.push(word);
            }
        }
        Self { words }
    }

    /// The word of a rank, from 0.
    pub(super) fn ranked(&self, rank: u64) -> String {
        self.words[below(rank, self.words.len())].clone()
    }

    /// Two words in one: no word is so, and all of its parts are common.
    pub(super) fn absent(&self, number: u64) -> String {
        let (one, other) = (self.ranked(40 + number), self.ranked(41 + 2 * number));
        format!("{one}{other}{one}")
    }

    /// A line: nine words or so, one in twenty of Han.
    pub(super) fn line(&self, number: u64) -> String {
        if number.is_multiple_of(20) {
            return han(number, 12);
        }
        let mut line = String::new();
        for place in 0..4 + mixed(number) % 11 {
            let random = mixed(number * 32 + place + 1);
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&self.ranked(zipf(random)));
        }
        // Something that is said once: a number, an address.
        if number.is_multiple_of(50) {
            let _ = write!(line, " {:x}", mixed(number + 7));
        }
        line
    }
}

/// Some letters of Han.
pub(super) fn han(number: u64, length: usize) -> String {
    HAN.chars().cycle().skip(below(mixed(number), HAN.chars().count())).take(length).collect()
}

fn below(random: u64, count: usize) -> usize {
    usize::try_from(random % count as u64).unwrap_or_default()
}

/// A rank, as often as ranks are in a language: one in as many as it says.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a random number of a range"
)]
fn zipf(random: u64) -> u64 {
    let uniform = (random >> 11) as f64 / (1_u64 << 53) as f64;
    ((COUNT as f64).powf(uniform) - 1.0) as u64
}

fn word(number: u64, syllables: u64) -> String {
    let mut word = String::new();
    for place in 0..syllables {
        let random = mixed(number * 8 + place);
        let pick = |parts: &[&'static str], shift: u32| parts[below(random >> shift, parts.len())];
        word.push_str(pick(&BEGINNINGS, 8));
        word.push_str(pick(&MIDDLES, 24));
        word.push_str(pick(&ENDS, 40));
    }
    word
}

/// As if random, and the same in every run: splitmix64.
pub(crate) fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// As a parameter of a query.
pub(super) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
