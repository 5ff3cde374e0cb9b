//! Every route is in `docs/openapi.json`, and is made by what documents it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::sources::{Source, root, rust};

/// The crates that answer HTTP under `/v1`.
const EDGES: [&str; 2] = ["command-api/src/", "query-api/src/"];

#[test]
fn every_route_is_in_openapi() {
    let documented = operations();
    for edge in EDGES {
        let declared: Vec<_> = sources(edge).iter().flat_map(declared).collect();
        assert!(declared.len() > 5, "the operations of {edge} were not read");
        for (id, route) in declared {
            assert_eq!(documented.get(&id), Some(&route), "docs/openapi.json on {id}; ./dev openapi writes it anew");
        }
    }
}

/// A route that no `#[utoipa::path]` declares would be served and not documented.
#[test]
fn edges_make_routes_by_their_documentation_alone() {
    for edge in EDGES {
        let made = sources(edge);
        assert!(made.iter().any(|source| source.text.contains("routes!(")), "{edge} makes no routes");
        let bare: Vec<_> =
            made.iter().filter(|source| source.text.contains(".route(\"")).map(|source| &source.path).collect();
        assert!(bare.is_empty(), "use routes!(), which documents what it makes: {bare:?}");
    }
}

#[test]
fn operation_ids_are_unique() {
    let declared: Vec<_> = EDGES.iter().flat_map(|edge| sources(edge)).flat_map(|source| declared(&source)).collect();
    let ids: BTreeSet<_> = declared.iter().map(|(id, _)| id).collect();
    assert!(ids.len() > 20, "the operations were not read");
    assert_eq!(ids.len(), declared.len(), "an operationId is there twice");
}

/// Operation id, and method and path, of each `#[utoipa::path(...)]` of a file.
fn declared(source: &Source) -> Vec<(String, String)> {
    let attributes = source.text.split("#[utoipa::path(").skip(1);
    attributes
        .map(|rest| {
            let method = rest.split(',').next().expect("a first argument").trim().to_owned();
            let of = |name: &str| {
                let value = rest.split_once(&format!("{name} = \"")).and_then(|(_, rest)| rest.split('"').next());
                value.unwrap_or_else(|| panic!("{}: no {name}", source.path)).to_owned()
            };
            (of("operation_id"), format!("{method} {}", of("path")))
        })
        .collect()
}

/// Operation id, and method and path, of everything in the committed document.
fn operations() -> BTreeMap<String, String> {
    let text = fs::read_to_string(root().join("docs/openapi.json")).expect("docs/openapi.json is there");
    let document: Value = serde_json::from_str(&text).expect("docs/openapi.json is JSON");
    let paths = document["paths"].as_object().expect("the document has paths");
    let mut operations = BTreeMap::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().expect("a path has operations") {
            let Some(id) = operation["operationId"].as_str() else { continue };
            operations.insert(id.to_owned(), format!("{method} {path}"));
        }
    }
    operations
}

fn sources(folder: &str) -> Vec<Source> {
    rust().into_iter().filter(|source| source.path.starts_with(folder)).collect()
}
