use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;

use super::*;

/// One stored event of every shape ever stored, by the kind of its stream.
fn golden() -> Vec<Recorded> {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/golden");
    let mut events = vec![];
    for stream in fs::read_dir(golden).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&stream).unwrap() {
            let text = fs::read_to_string(file.unwrap().path()).unwrap();
            events.push(recorded(stream.file_name().unwrap().to_str().unwrap(), &serde_json::from_str(&text).unwrap()));
        }
    }
    events
}

fn recorded(kind: &str, stored: &Value) -> Recorded {
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    Recorded {
        position: 1,
        event_id: Uuid::nil(),
        aggregate_type: kind.to_owned(),
        aggregate_id: match kind {
            "membership" | "reading" | "reaction" => format!("{one}:{other}"),
            "invite" => InviteCode(one).to_string(),
            _ => one.to_string(),
        },
        sequence: 1,
        event_type: stored["event_type"].as_str().unwrap().to_owned(),
        event_version: "1".to_owned(),
        recorded_at: OffsetDateTime::UNIX_EPOCH,
        payload: stored["payload"].to_string(),
        metadata: "{}".to_owned(),
    }
}

#[test]
fn of_every_event_it_is_known_who_is_told() {
    let events = golden();
    assert!(events.len() > 100, "the golden events were read");
    for event in &events {
        assert!(about(event).is_some(), "{}: who is told of it, or nobody and why?", event.event_type);
    }
}

#[test]
fn nobody_is_told_of_these_alone() {
    let events = golden();
    let untold = events.iter().filter(|event| about(event) == Some(About::Nothing));
    let untold: BTreeSet<_> = untold.map(|event| event.event_type.as_str()).collect();
    let expected = [
        "admin_added",
        "admin_removed",
        "audit_accessed",
        "blob_condemned",
        "erasure_finished",
        "erasure_refused",
        "hold_lifted",
        "hold_placed",
        "room_created",
        "user_registered",
        "user_reinstated",
        "user_role_proposed",
    ];
    assert_eq!(untold, BTreeSet::from(expected));
}
