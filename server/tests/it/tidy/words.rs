//! Words that mean unfinished work, or a test that waits for the clock.

use super::sources::{Source, rust};

/// Put together here, so that this file holds none of them.
const UNFINISHED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("dbg", "!("),
    concat!("#[", "ignore"),
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Sleeps in tests are guesses. What polls for a fact, with a limit, or plays something slow, says so above the line.
const SLEEP: &str = concat!("sle", "ep(");
const REASONS: [&str; 2] = ["// Polls", "// Plays"];

#[test]
fn nothing_is_left_unfinished() {
    assert_nowhere(&rust(), "unfinished", |_, line| UNFINISHED.iter().any(|word| line.contains(word)));
}

#[test]
fn tests_wait_for_facts() {
    let tests: Vec<_> = rust().into_iter().filter(Source::is_test).collect();
    assert!(tests.len() > 5, "the tests were not found");
    let what = format!("a sleep without a comment above it that begins with one of {REASONS:?}");
    assert_nowhere(&tests, &what, |above, line| {
        line.contains(SLEEP) && !REASONS.iter().any(|reason| above.trim_start().starts_with(reason))
    });
}

/// Fails with every line that `is_wrong`, which is given the line above and the line.
fn assert_nowhere(sources: &[Source], what: &str, is_wrong: impl Fn(&str, &str) -> bool) {
    let mut wrong = vec![];
    for source in sources {
        let mut above = "";
        for (index, line) in source.text.lines().enumerate() {
            if is_wrong(above, line) {
                wrong.push(format!("{}:{}: {}", source.path, index + 1, line.trim()));
            }
            above = line;
        }
    }
    assert!(wrong.is_empty(), "{what}: {wrong:#?}");
}
