//! What the documentation must name: every problem and every setting, and none that is not there.

use std::collections::BTreeSet;
use std::fs;

use super::sources::{below, root, rust};

#[test]
fn every_problem_is_documented() {
    let code = read("api-kit/src/problem.rs");
    let facts = code.split_once("fn facts(").expect("problem.rs has the table of facts").1;
    let slugs: BTreeSet<_> =
        facts.lines().filter_map(|line| line.split_once("=> (S::")?.1.split('"').nth(1)).map(str::to_owned).collect();
    assert!(slugs.contains("not-found"), "the slugs were not read");
    assert_eq!(slugs.len(), facts.matches("=> (").count(), "a line of the table was not understood");

    let manual = read("docs/problems.md");
    let documented: BTreeSet<_> =
        manual.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(slugs, documented, "docs/problems.md has an entry for each slug, and no other");
}

#[test]
fn every_setting_is_in_the_manual() {
    let mut settings = BTreeSet::new();
    for source in below(&root().join("server/src"), "rs") {
        let found = source.text.split("env = \"").skip(1).filter_map(|rest| rest.split_once('"'));
        settings.extend(found.map(|(name, _)| name.to_owned()));
    }
    assert!(settings.contains("HANSARD_LISTEN"), "the settings were not read");
    settings.extend(variables(&read("nats/nats-server.conf")));
    assert!(settings.contains("HANSARD_NATS_STORE"), "the broker's settings were not read");

    let documented = variables(&read("docs/operations.md"));
    let of_ours = settings.iter().filter(|name| name.starts_with("HANSARD_")).cloned().collect();
    assert_eq!(documented, of_ours, "docs/operations.md names each setting, and no other");
}

/// Settings come from the command line's structs alone, so that `--help` knows all of them.
#[test]
fn settings_are_read_in_one_place() {
    for source in rust() {
        let is_place = source.path.starts_with("server/src/") || source.path.starts_with("bench/") || source.is_test();
        let read = variables(&source.text).into_iter().filter(|name| !name.starts_with("HANSARD_TEST_"));
        let read: Vec<_> = read.filter(|name| source.text.contains(&format!("\"{name}\""))).collect();
        assert!(is_place || read.is_empty(), "{} reads {read:?}", source.path);
    }
}

/// The names in `text` that begin with HANSARD_.
fn variables(text: &str) -> BTreeSet<String> {
    let is_name = |letter: char| letter.is_ascii_uppercase() || letter == '_' || letter.is_ascii_digit();
    text.split(|letter| !is_name(letter)).filter(|word| word.starts_with("HANSARD_")).map(str::to_owned).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
