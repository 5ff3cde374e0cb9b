//! How files are cut and called.

use std::path::Path;

use super::sources::{Source, below, root, rust};

/// Longest file, in lines, that needs no reason.
const LONGEST: usize = 400;
/// Nine files in ten are no longer than this, in lines.
const NINE_IN_TEN: usize = 250;
/// Half of the files are no longer than this, in lines.
const HALF: usize = 100;
/// What a longer file says in its first lines, and then why.
const REASON: &str = "This file is long because";
/// Names that say nothing of what is inside.
const EMPTY_NAMES: &[&str] = &["common", "helper", "helpers", "manager", "misc", "mod", "shared", "util", "utils"];

#[test]
fn files_are_short() {
    let sources = rust();
    let long: Vec<_> = sources
        .iter()
        .filter(|source| lines(source) > LONGEST && !source.text.lines().take(10).any(|line| line.contains(REASON)))
        .map(|source| format!("{}: {}", source.path, lines(source)))
        .collect();
    assert!(long.is_empty(), "over {LONGEST} lines without \"{REASON} ...\" above: {long:#?}");

    let mut lengths: Vec<_> = sources.iter().map(lines).collect();
    lengths.sort_unstable();
    assert!(lengths[lengths.len() / 2] <= HALF, "the median file has {} lines", lengths[lengths.len() / 2]);
    let ninth = lengths[lengths.len() * 9 / 10];
    assert!(ninth <= NINE_IN_TEN, "one file in ten has {ninth} lines or more");
}

#[test]
fn scripts_and_migrations_are_short() {
    let mut sources = below(&root().join("dev.d"), "sh");
    sources.extend(below(&root().join("migrations"), "sql"));
    assert!(sources.len() > 10, "the scripts and migrations were not found");
    let long: Vec<_> = sources.iter().filter(|source| lines(source) > LONGEST).map(|source| &source.path).collect();
    assert!(long.is_empty(), "over {LONGEST} lines: {long:?}");
}

#[test]
fn names_say_what_is_inside() {
    let empty: Vec<_> = rust().into_iter().map(|source| source.path).filter(|path| has_empty_name(path)).collect();
    assert!(empty.is_empty(), "name the noun or the verb instead: {empty:?}");
}

#[test]
fn a_folder_of_modules_has_its_file_beside_it() {
    for source in rust() {
        let folder = Path::new(&source.path).parent().expect("a file lies in a folder");
        let is_root = source.path.ends_with("/build.rs")
            || folder.ends_with("src")
            || folder.ends_with("src/bin")
            || folder.parent().is_some_and(|up| up.ends_with("tests"));
        let beside = folder.with_extension("rs");
        assert!(
            is_root || folder.ends_with("tests") || root().join(&beside).exists(),
            "{} lacks {}",
            source.path,
            beside.display()
        );
    }
}

fn has_empty_name(path: &str) -> bool {
    Path::new(path).with_extension("").iter().any(|part| EMPTY_NAMES.iter().any(|name| part == *name))
}

fn lines(source: &Source) -> usize {
    source.text.lines().count()
}
