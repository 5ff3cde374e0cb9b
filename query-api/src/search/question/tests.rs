//! What is read from what was typed.

use time::macros::datetime;

use super::*;

fn read(text: &str) -> Question {
    Question::read(text).unwrap()
}

fn words(text: &str) -> Vec<String> {
    read(text).words
}

fn detail(text: &str) -> String {
    let Problem::Invalid(errors) = Question::read(text).unwrap_err() else { panic!("{text} was refused otherwise") };
    assert_eq!(errors[0].pointer, "/q");
    errors[0].detail.clone()
}

fn folded(text: &str) -> Name {
    Name::Folded(text.to_owned())
}

#[test]
fn words_are_folded_and_parts_of_others_left_out() {
    assert_eq!(words("  Hello\tWÖRLD "), ["hello", "world"]);
    assert_eq!(words("you your yo our"), ["your"]);
    assert_eq!(words("漢字 字"), ["漢字"]);
    assert_eq!(words("!!! ?"), ["!!!", "?"]);
    assert!(words("").is_empty() && words("   ").is_empty() && words("\u{200b}").is_empty());
    assert_eq!(words("one\u{a0}two"), ["one", "two"]);
}

#[test]
fn phrases_stand_in_quotes() {
    assert_eq!(words("\"Hello  there\" you"), ["hello there", "you"]);
    assert_eq!(words("say \"hello"), ["\"hello", "say"]);
    assert_eq!(words("a\"b c\""), ["a\"b", "c\""]);
    assert!(words("\"\" \"  \"").is_empty());
}

#[test]
fn filters_take_names_and_ids() {
    let id = Uuid::from_u128(7);
    let question = read(&format!("FROM:Ålice from:\"Bob Lee\" from:{id} in:#general in:\"Engine room\" hello"));
    assert_eq!(question.from, [folded("alice"), folded("bob lee"), Name::Id(id)]);
    assert_eq!(question.within, [folded("general"), folded("engine room")]);
    assert_eq!(question.words, ["hello"]);
    let question = read("from: in:\"\" \"from:alice\" login:now");
    assert!(question.from.is_empty() && question.within.is_empty());
    assert_eq!(question.words, ["from:alice", "login:now", "in:\"\""]);
}

#[test]
fn dates_are_days_months_years_or_moments() {
    let question = read("before:2026-02-28 after:2024-02");
    assert_eq!(question.until, Some(datetime!(2026-02-28 0:00 UTC)));
    assert_eq!(question.since, Some(datetime!(2024-03-01 0:00 UTC)));
    assert_eq!(read("after:2024-02-29").since, Some(datetime!(2024-03-01 0:00 UTC)));
    assert_eq!(read("after:2025").since, Some(datetime!(2026-01-01 0:00 UTC)));
    assert_eq!(read("after:2025-12").since, Some(datetime!(2026-01-01 0:00 UTC)));
    assert_eq!(read("before:2026-01-01T01:00:00+01:00").until, Some(datetime!(2026-01-01 0:00 UTC)));
    // Of several the narrowest holds.
    let question = read("before:2026 before:2020 after:2001 after:2010");
    assert_eq!(
        (question.until, question.since),
        (Some(datetime!(2020-01-01 0:00 UTC)), Some(datetime!(2011-01-01 0:00 UTC)))
    );
    for text in ["before:yesterday", "after:2026-13", "before:2026-02-29", "after:-1", "before:10000", "after:9999"] {
        assert!(detail(text).contains("2026-01-31"), "{text}");
    }
}

#[test]
fn what_is_too_much_is_refused() {
    assert_eq!(detail(&" ".repeat(1_001)), "at most 1000 characters");
    assert_eq!(words(&"x".repeat(1_000)), ["x".repeat(1_000)]);
    let many = |count: usize| (0..count).map(|number| format!("word{number:03}")).collect::<Vec<_>>().join(" ");
    assert_eq!(words(&many(20)).len(), 20);
    assert_eq!(detail(&many(21)), "at most 20 words and 20 filters");
    assert_eq!(detail(&"from:a ".repeat(21)), "at most 20 words and 20 filters");
}
