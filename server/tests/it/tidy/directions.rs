//! Who may know whom. The walk of a command goes forward through the crates and never back.

use std::collections::{BTreeMap, BTreeSet};

use super::sources::metadata;

/// Each crate, and those of the workspace that it may depend on, for tests too.
const MAY_KNOW: &[(&str, &[&str])] = &[
    ("client", &[]),
    ("domain", &[]),
    ("concordance", &[]),
    ("blob-store", &[]),
    ("event-store", &[]),
    ("api-kit", &["event-store"]),
    ("nats", &["event-store"]),
    ("projector", &["concordance", "domain", "event-store"]),
    ("command-api", &["api-kit", "blob-store", "domain", "event-store"]),
    ("record", &[]),
    ("sealer", &["event-store", "record"]),
    ("reactor", &["blob-store", "domain", "event-store"]),
    ("query-api", &["api-kit", "blob-store", "concordance", "domain", "event-store", "record"]),
    (
        "hansard",
        &[
            "api-kit",
            "blob-store",
            "client",
            "command-api",
            "domain",
            "event-store",
            "nats",
            "projector",
            "query-api",
            "reactor",
            "record",
            "sealer",
        ],
    ),
    ("bench", &["client", "domain", "event-store"]),
];

/// What the deciding crate does without: I/O, clocks, randomness, tasks.
const IMPURE: &[&str] = &["async-nats", "axum", "futures", "getrandom", "hyper", "rand", "reqwest", "sqlx", "tokio"];

#[test]
fn crates_know_only_whom_they_may() {
    let allowed: BTreeMap<_, _> = MAY_KNOW
        .iter()
        .map(|(name, known)| ((*name).to_owned(), known.iter().map(|name| (*name).to_owned()).collect()))
        .collect();
    let known = dependencies();
    let members: BTreeSet<_> = known.keys().cloned().collect();
    assert_eq!(members, allowed.keys().cloned().collect(), "a crate came or went: say here whom it may know");
    for (name, dependencies) in known {
        let inside: BTreeSet<String> = dependencies.intersection(&members).cloned().collect();
        let wrong: Vec<_> = inside.difference(&allowed[&name]).collect();
        assert!(wrong.is_empty(), "{name} may not know {wrong:?}");
    }
}

#[test]
fn the_domain_is_pure() {
    let domain = &dependencies()["domain"];
    assert!(domain.contains("cqrs-es"), "the dependencies were not read");
    let impure: Vec<_> = IMPURE.iter().filter(|name| domain.contains(**name)).collect();
    assert!(impure.is_empty(), "the domain decides without {impure:?}");
}

/// Every crate of the workspace, and the crates that it names in its manifest.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let packages = metadata().packages.into_iter();
    packages
        .map(|package| {
            let names = package.dependencies.into_iter().map(|dependency| dependency.name.clone());
            (package.name.to_string(), names.collect())
        })
        .collect()
}
