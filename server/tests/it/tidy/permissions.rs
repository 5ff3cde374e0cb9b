//! Who may do what is computed in the domain alone: everybody else asks what it made of a room, its roles and a membership.

use std::collections::BTreeSet;
use std::fs;

use domain::permission::Permission;
use serde_json::Value;

use super::sources::{Source, below, root, rust};

/// Where rows and events are looked for by what they say of a permission. None of these decides what somebody may do.
const BY_NAME: [(&str, &str); 3] = [
    // Thousands of rooms in which one has no role, so that the room's permissions are all there is; and their index.
    ("query-api/src/search/own.rs", "view_history"),
    ("migrations/read/room.sql", "view_history"),
    // Whether what happened meanwhile can have moved what one sees; what one sees then the domain says.
    ("query-api/src/stream/resume/sight.rs", "view_history"),
];

/// How it is asked for what the domain computed: a `Standing`, or the `Place` that has one.
const ASKS: [&str; 3] = [".effective.contains(", ".holds(", ".require("];

/// Where a role is made, which gives some.
const GIVES: [&str; 1] = ["server/src/import/apply/change.rs"];

/// What stands before the unit tests at a file's end.
const UNIT_TESTS: &str = "#[cfg(test)]\nmod tests {";

#[test]
fn a_permission_is_looked_for_by_its_name_in_few_places() {
    let mut found = BTreeSet::new();
    for source in rust().into_iter().chain(below(&root().join("migrations"), "sql")).filter(is_elsewhere) {
        let code = code(&source).replace("\\\"", "\"");
        for name in Permission::ALL.map(Permission::name) {
            if ['\'', '"'].iter().any(|quote| code.contains(&format!("{quote}{name}{quote}"))) {
                found.insert((source.path.clone(), name));
            }
        }
    }
    let known: BTreeSet<_> = BY_NAME.into_iter().map(|(path, name)| (path.to_owned(), name)).collect();
    assert_eq!(found, known, "who may do what is for domain/src/permission.rs to say: ask it, or say here why not");
}

#[test]
fn a_permission_is_asked_for_of_what_the_domain_computed() {
    let (mut asked, mut wrong) = (0, vec![]);
    for source in rust().into_iter().filter(is_elsewhere).filter(|source| !GIVES.contains(&source.path.as_str())) {
        let code = code(&source);
        for (at, _) in code.match_indices("Permission::") {
            let before = &code[..at];
            // The end of another type's name.
            if before.ends_with(char::is_alphanumeric) {
                continue;
            }
            let before = before.trim_end();
            let before = before.strip_suffix('&').unwrap_or(before).trim_end();
            asked += 1;
            if !ASKS.iter().any(|asks| before.ends_with(asks)) {
                wrong.push(format!("{}: {}", source.path, code[at..].lines().next().unwrap_or_default()));
            }
        }
    }
    assert!(asked > 5, "the places were not found");
    assert!(wrong.is_empty(), "not asked for with one of {ASKS:?}: {wrong:#?}");
}

#[test]
fn the_contract_names_the_permissions_that_there_are() {
    let text = fs::read_to_string(root().join("docs/openapi.json")).expect("docs/openapi.json is there");
    let document: Value = serde_json::from_str(&text).expect("docs/openapi.json is JSON");
    let names = document["components"]["schemas"]["PermissionName"]["enum"].as_array().expect("it lists them");
    assert_eq!(*names, Permission::ALL.map(|permission| Value::from(permission.name())));
}

/// Outside of the domain, and of tests.
fn is_elsewhere(source: &Source) -> bool {
    !source.path.starts_with("domain/") && !source.is_test()
}

/// What is neither a comment nor a unit test.
fn code(source: &Source) -> String {
    let text = source.text.split(UNIT_TESTS).next().unwrap_or_default();
    let comment = if source.path.starts_with("migrations/") { "--" } else { "//" };
    let lines = text.lines().filter(|line| !line.trim_start().starts_with(comment));
    lines.collect::<Vec<_>>().join("\n")
}
