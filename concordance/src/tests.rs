//! What is found by what.

mod properties;

use super::*;

#[test]
fn case_accents_and_widths_are_folded() {
    for (text, folded) in [
        ("Hello, World!", "hello, world!"),
        ("Crème BRÛLÉE", "creme brulee"),
        ("cre\u{300}me", "creme"),
        ("Straße STRASSE ſt", "strasse strasse st"),
        ("İstanbul ıssız", "istanbul issiz"),
        ("Ærøskøbing Łódź Đà Nẵng", "aeroskobing lodz da nang"),
        ("ΟΔΥΣΣΕΎΣ οδυσσεύς", "οδυσσευσ οδυσσευσ"),
        ("ᾀ\u{1cd0} ἈΙ\u{1cd0} α\u{313}\u{1cd0}\u{345}", "αι\u{1cd0} αι\u{1cd0} αι\u{1cd0}"),
        ("Ёлка елка", "елка елка"),
        ("ＡＢＣ　１２３ ﬁne ①", "abc 123 fine 1"),
        ("don’t “quote” non‑breaking", "don't \"quote\" non-breaking"),
        ("مُحَمَّد محمد", "محمد محمد"),
        ("שָׁלוֹם", "שלום"),
        ("a\u{ad}b\u{200b}c\u{feff}", "abc"),
        ("one\ntwo\u{a0}three", "one two three"),
        ("one\r\ntwo \u{200b} \u{3000}three\u{a0} ", "one two three "),
        ("❤\u{fe0f} 👍🏽", "❤ 👍🏽"),
    ] {
        assert_eq!(fold(text), folded, "{text}");
    }
}

#[test]
fn what_makes_another_letter_stays() {
    for text in ["がか", "パハ", "한국어", "ไม่ใช่", "हिन्दी", "漢字仮名"] {
        assert_eq!(fold(text), text);
    }
    assert_eq!(fold("か\u{3099}"), "が");
    assert_eq!(fold("ﾊﾟﾋﾟ"), "パピ");
    assert_eq!(fold("\u{1112}\u{1161}\u{11ab}"), "한");
    assert_ne!(fold("が"), fold("か"));
}

#[test]
fn names_are_folded_with_single_spaces() {
    for (name, folded) in [
        ("Zoë  ŻÓŁW", "zoe zolw"),
        ("Straße", "strasse"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσευσ"),
        (" Ann\u{a0}Lee ", "ann lee"),
        ("山田 太郎", "山田 太郎"),
    ] {
        assert_eq!(fold_words(name), folded);
        assert_eq!(fold_words(folded), folded, "folding again changes nothing");
    }
}

fn sorted(folded: &str) -> Vec<&str> {
    let mut grams = grams(folded);
    grams.sort_unstable();
    grams.dedup();
    grams
}

#[test]
fn parts_of_one_to_three_letters_are_grams() {
    assert_eq!(sorted("tutu"), ["t", "tu", "tut", "u", "ut", "utu"]);
    assert_eq!(sorted("a ab"), ["a", "ab", "b"]);
    assert_eq!(sorted("漢字仮"), ["仮", "字", "字仮", "漢", "漢字"]);
    assert_eq!(sorted("a:b漢"), [":", ":b", "a", "a:", "a:b", "b", "b漢", "漢"]);
    assert_eq!(sorted("👍🏽"), ["🏽", "👍", "👍🏽"]);
    assert!(sorted("  ").is_empty());
}

#[test]
fn a_word_asks_for_as_few_as_say_everything() {
    assert_eq!(asks("ubuntu", 9), ["bun", "ntu", "ubu", "unt"]);
    assert_eq!(asks("ub", 9), ["ub"]);
    assert_eq!(asks("u", 9), ["u"]);
    assert_eq!(asks("字", 9), ["字"]);
    assert_eq!(asks("漢字仮名", 9), ["仮名", "字仮", "漢字"]);
    assert_eq!(asks("ab漢x", 9), ["ab", "b漢", "漢x"]);
    assert_eq!(asks("paper a", 9), ["a", "ape", "pap", "per"]);
    assert_eq!(asks("abcdefgh", 3), ["abc", "cde", "efg"]);
}

fn marked(text: &str, words: &[&str]) -> Vec<(usize, usize)> {
    let words: Vec<_> = words.iter().map(|word| fold(word)).collect();
    highlights(text, &words, 10).into_iter().map(|range| (range.offset, range.length)).collect()
}

#[test]
fn highlights_are_counted_in_characters_of_the_text() {
    assert_eq!(marked("say hello, hello", &["HELLO"]), [(4, 5), (11, 5)]);
    assert_eq!(marked("🦀🦀 漢字かな", &["字か"]), [(4, 2)]);
    assert_eq!(marked("caffe\u{300}\u{301} Straße", &["fe", "ss"]), [(3, 4), (12, 1)]);
    assert_eq!(marked("ﬁne", &["in"]), [(0, 2)]);
    assert_eq!(marked("abcde xabx", &["bcd", "ab"]), [(0, 4), (7, 2)]);
    assert_eq!(marked("soft\u{ad}ware", &["tw"]), [(3, 3)]);
    assert_eq!(marked("brown\r\n  fox", &["brown fox", " f"]), [(0, 12)]);
    assert_eq!(marked("nothing", &["x"]), []);
    assert_eq!(marked(&"a".repeat(50), &["a"]).len(), 10);
}

#[test]
fn positions_are_written_as_gaps() {
    let positions = [7, 8, 300, 1_000_000];
    let bytes = segment::write_positions(7, &positions);
    assert_eq!(bytes.len(), 7);
    assert_eq!(segment::read_positions(7, &bytes).unwrap(), positions);
    assert_eq!(segment::read_positions(7, &[128]), Err(Damaged));
}

#[test]
fn what_is_damaged_is_told() {
    let mut filling = bucket::Filling::default();
    filling.push(3, "a");
    let (number, bytes) = filling.write().remove(0);
    assert_eq!(number, bucket::of("a"));
    assert_eq!(bucket::find(&bytes, "a").unwrap(), Some(Places::from_iter([3])));
    assert_eq!(bucket::find(&bytes, "b").unwrap(), None);
    assert_eq!(bucket::find(&bytes[..bytes.len() - 1], "a"), Err(Damaged));
    assert_eq!(Places::read(&mut &[1, 0x80, 0x80, 1][..]), Err(Damaged), "no segment has so many messages");
    assert_eq!(Places::read(&mut &[0xff; 20][..]), Err(Damaged));
    let whose = |bytes: &[u8]| Whose::keep(bytes, &mut Places::from_iter([1]), &Keys::from_iter([0]));
    assert_eq!([whose(&[0; 8]), whose(&[0; 4]), whose(&[0; 9])], [Ok(()), Err(Damaged), Err(Damaged)]);
}
