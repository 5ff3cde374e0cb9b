//! Whatever a part of a text is, the text is found by it.

use std::collections::BTreeMap;

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::super::*;
use crate::segment::MESSAGES;

/// Letters of few kinds, so that parts are often the same, and some that fold to others.
fn letters() -> impl Strategy<Value = String> {
    let letter = prop::sample::select(vec![
        "a",
        "b",
        "A",
        "é",
        "e\u{301}",
        "E",
        "ß",
        "S",
        "ﬁ",
        "f",
        "İ",
        "I",
        "漢",
        "字",
        "が",
        "か",
        "한",
        "\u{1100}\u{1161}",
        "👍",
        "🏽",
        "👨\u{200d}👩",
        "❤\u{fe0f}",
        ".",
        ":",
        "-",
        "–",
        " ",
        "\n",
        "1",
        "２",
        "я",
        "Й",
        "ม่",
        "'",
        "’",
        "\\",
        "%",
    ]);
    prop::collection::vec(letter, 0..24).prop_map(|letters| letters.concat())
}

/// Sets as small and as large as are written differently.
fn places() -> impl Strategy<Value = Places> {
    prop_oneof![
        prop::collection::vec(0..MESSAGES, 0..40).prop_map(Places::from_iter),
        (0..MESSAGES, 1..9_usize, 0..MESSAGES)
            .prop_map(|(from, step, count)| (from..MESSAGES).step_by(step).take(count).collect()),
    ]
}

proptest! {
    #[test]
    fn a_text_has_what_every_part_of_it_asks_for(text in letters(), from in 0..24_usize, length in 1..12_usize) {
        let folded = fold(&text);
        let part: String = folded.chars().skip(from).take(length).collect();
        let grams = grams(&folded);
        for ask in asks(&part, 5) {
            prop_assert!(grams.contains(&ask), "{ask:?} of {part} in {grams:?}");
        }
    }

    #[test]
    fn what_no_text_has_no_word_asks_for(text in letters(), word in letters()) {
        let (folded, word) = (fold(&text), fold(&word));
        let grams = grams(&folded);
        if word.split_whitespace().any(|word| word.chars().count() <= 2 && !folded.contains(word)) {
            prop_assert!(asks(&word, 99).iter().any(|ask| !grams.contains(ask)), "short words are grams");
        }
    }

    #[test]
    fn places_are_read_as_written(places in places(), other in places()) {
        let mut bytes = vec![];
        places.write(&mut bytes);
        other.write(&mut bytes);
        let mut rest = bytes.as_slice();
        prop_assert_eq!(&Places::read(&mut rest).unwrap(), &places);
        prop_assert_eq!(&Places::read(&mut rest).unwrap(), &other);
        prop_assert!(rest.is_empty());
        prop_assert_eq!(places.iter().collect::<Places>(), places.clone());
        prop_assert_eq!(places.iter().count(), places.count());
        let (mut both, mut either) = (places.clone(), places.clone());
        both.keep(&other);
        either.add(&other);
        prop_assert_eq!(both.count() + either.count(), places.count() + other.count());
    }

    #[test]
    fn a_bucket_that_is_changed_is_as_if_made_anew(
        before in prop::collection::vec(letters(), 0..6), after in prop::collection::vec(letters(), 0..6),
    ) {
        let filled = |texts: &[String]| {
            let mut filling = bucket::Filling::default();
            for (number, text) in texts.iter().enumerate() {
                filling.push(number, &fold(text));
            }
            filling
        };
        let made = |texts: &[String]| filled(texts).write().into_iter().collect::<BTreeMap<_, _>>();
        let mut reworded = filled(&before);
        for number in 0..before.len().max(after.len()) {
            let text = |texts: &[String]| texts.get(number).map(|text| fold(text)).unwrap_or_default();
            reworded.reword(number, &text(&before), &text(&after));
        }
        prop_assert_eq!(reworded.write(), filled(&after).write());
        let mut changed: BTreeMap<u32, bucket::Bucket> =
            made(&before).into_iter().map(|(number, bytes)| (number, bucket::Bucket::read(&bytes).unwrap())).collect();
        for (texts, has) in [(&before, false), (&after, true)] {
            for (number, text) in texts.iter().enumerate() {
                for gram in grams(&fold(text)) {
                    changed.entry(bucket::of(gram)).or_default().set(gram, number, has);
                }
            }
        }
        changed.retain(|_, bucket| !bucket.is_empty());
        let changed: BTreeMap<_, _> = changed.into_iter().map(|(number, bucket)| (number, bucket.write())).collect();
        prop_assert_eq!(changed, made(&after));
    }

    #[test]
    fn whose_messages_are_is_read_as_written(
        ids in prop::collection::vec(0..20_u32, 0..200),
        wanted in prop::collection::hash_set(0..25_u32, 0..10),
        asked in prop::collection::hash_set(0..200_usize, 0..200),
        spread in any::<u32>(),
    ) {
        let id = |id: &u32| u128::from(id.wrapping_mul(spread | 1)) | 1 << 100;
        let mut whose = Whose::default();
        for some in &ids {
            whose.push(id(some));
        }
        let asked = asked.into_iter().filter(|number| *number < ids.len());
        let mut places = asked.collect::<Places>();
        let theirs = places.iter().filter(|number| wanted.contains(&ids[*number])).collect::<Places>();
        let wanted = wanted.iter().map(id).collect::<Keys>();
        Whose::keep(&whose.write(), &mut places, &wanted).unwrap();
        prop_assert_eq!(places, theirs);
    }

    #[test]
    fn a_part_of_a_text_folds_to_a_part(before in letters(), part in letters(), after in letters()) {
        // What combines is taken with what it combines with.
        let whole = format!("{before}x{part}x{after}");
        prop_assert!(fold(&whole).contains(&fold(&part)));
    }

    #[test]
    fn case_is_without_meaning(text in any::<String>()) {
        let lower: String = text.to_lowercase().nfc().collect();
        prop_assert_eq!(fold(&lower), fold(&lower.to_uppercase()));
    }

    #[test]
    fn highlights_hold_the_word(text in letters(), from in 0..24_usize, length in 1..6_usize) {
        let word: String = fold(&text).chars().skip(from).take(length).collect();
        let word = word.trim().to_owned();
        prop_assume!(!word.is_empty());
        let found = highlights(&text, std::slice::from_ref(&word), 100);
        prop_assert!(!found.is_empty());
        for range in found {
            let part: String = text.chars().skip(range.offset).take(range.length).collect();
            prop_assert!(fold(&part).contains(&word), "{part:?} of {text:?} by {word:?}");
        }
    }

    #[test]
    fn folded_text_is_the_same_with_and_without_origins(text in any::<String>()) {
        prop_assert_eq!(Folded::of(&text).text, fold(&text));
    }
}
