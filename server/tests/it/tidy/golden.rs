//! Every type of event has a golden file: what was stored once must stay readable.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::sources::{Source, below, root, rust};

#[test]
fn every_event_has_a_golden_file() {
    let streams = streams();
    assert!(streams.iter().any(|stream| stream == "message"), "the events were not found");
    for stream in streams {
        let types = types(&stream);
        assert!(!types.is_empty(), "the types of {stream} were not read");
        let kept: BTreeSet<_> = below(&root().join("domain/golden").join(&stream), "json")
            .iter()
            .map(|file| {
                let event: Value = serde_json::from_str(&file.text).expect("a golden file is JSON");
                let name = event["event_type"].as_str().expect("a golden file names its type").to_owned();
                assert!(file.path.contains(&format!("/{name}")), "{} is of {name}", file.path);
                name
            })
            .collect();
        let lacking: Vec<_> = types.difference(&kept).collect();
        assert!(lacking.is_empty(), "domain/golden/{stream}/ lacks {lacking:?}");
    }
}

/// What queries look at in payloads in the log, no upcaster sees.
#[test]
fn fields_that_queries_look_at_in_the_log_are_those_that_stay() {
    let sources = rust().into_iter().filter(|source| !source.is_test() && !source.path.starts_with("bench/"));
    let names = |source: Source| {
        let looks =
            source.text.split("payload->").skip(1).filter_map(|rest| rest.split('\'').nth(1).map(str::to_owned));
        looks.collect::<Vec<_>>()
    };
    let found: BTreeSet<_> = sources.flat_map(names).collect();
    assert_eq!(found, domain::upcast::LOOKED_AT.map(str::to_owned).into());
}

/// A stored type that is gone from the code would leave its events unreadable: an upcaster may take it, nothing else.
#[test]
fn every_golden_folder_is_of_a_stream() {
    let folders = fs::read_dir(root().join("domain/golden")).expect("golden files are there");
    let entries = folders.map(|entry| entry.expect("the entry can be read"));
    let folders: BTreeSet<_> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("the name is UTF-8"))
        .collect();
    assert_eq!(folders, streams());
}

/// The nouns that have events.
fn streams() -> BTreeSet<String> {
    let events = below(&root().join("domain/src"), "rs").into_iter();
    events
        .filter_map(|source| Some(source.path.strip_prefix("domain/src/")?.strip_suffix("/event.rs")?.to_owned()))
        .collect()
}

/// The variants of a stream's events, as they are stored.
fn types(stream: &str) -> BTreeSet<String> {
    let code = fs::read_to_string(root().join(format!("domain/src/{stream}/event.rs"))).expect("the events are there");
    let variants = code.split_once("Event {\n").expect("an enum of events").1;
    let variants = variants.split_once("\n}\n").expect("the enum ends").0;
    variants
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .filter(|line| line.starts_with(char::is_uppercase))
        .map(|line| snake_case(line.split(|letter: char| !letter.is_alphanumeric()).next().expect("a first part")))
        .collect()
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
