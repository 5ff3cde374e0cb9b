//! Which events the stored log holds.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use domain::streams::STREAMS;
use serde_json::Value;
use sqlx::PgPool;

/// Types that the first release did not have, in the order of the streams: none so far.
const LATER: &[&str] = &[];

/// The log holds every type that there was, and each shape that it holds has a golden event.
pub(super) async fn all_are_there(pool: &PgPool) {
    let held = "select distinct event_type, event_version from log.events";
    let held: Vec<(String, String)> = sqlx::query_as(held).fetch_all(pool).await.unwrap();
    let kinds: BTreeSet<&str> = held.iter().map(|(kind, _)| kind.as_str()).collect();
    let lacking: Vec<&str> =
        STREAMS.iter().flat_map(|(_, all)| all.iter().copied()).filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(lacking, LATER, "what came after the first release is named in {}", file!());

    let golden: BTreeSet<_> = STREAMS.iter().flat_map(|(stream, _)| golden(stream)).collect();
    let unknown: Vec<_> = held.iter().filter(|shape| !golden.contains(*shape)).collect();
    assert!(unknown.is_empty(), "domain/golden lacks {unknown:?}");
}

/// Types and versions of the golden events of a stream.
fn golden(stream: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/golden").join(stream);
    let read = |entry: std::io::Result<fs::DirEntry>| {
        let event: Value = serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        let text = |field: &str| event[field].as_str().unwrap().to_owned();
        (text("event_type"), text("event_version"))
    };
    fs::read_dir(folder).unwrap().map(read).collect()
}
