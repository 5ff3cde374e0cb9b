//! Every shape ever stored is still read, and today's shapes are written as they were.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cqrs_es::persist::SerializedEvent;
use cqrs_es::{Aggregate, DomainEvent};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::admins::Admins;
use crate::audit::Audit;
use crate::blob::GivenUp;
use crate::call::Call;
use crate::erasure::Completion;
use crate::file::File;
use crate::holds::Holds;
use crate::invite::Invite;
use crate::membership::Membership;
use crate::message::Message;
use crate::reaction::Reaction;
use crate::reading::Reading;
use crate::retention::Expiry;
use crate::room::Room;
use crate::session::Session;
use crate::settings::Settings;
use crate::streams::STREAMS;
use crate::upcast::upcasters;
use crate::user::User;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    event_type: String,
    event_version: String,
    payload: Value,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

/// The golden events of a stream by the names of their files, in order.
fn golden(stream: &str) -> Vec<(String, Golden)> {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder().join(stream)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: PathBuf| {
        assert_eq!(file.extension().unwrap(), "json", "{}", file.display());
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap())
    };
    files.into_iter().map(read).collect()
}

/// The payload in today's shape.
fn upcast(stream: &str, golden: &Golden) -> SerializedEvent {
    let (event_type, version) = (golden.event_type.clone(), golden.event_version.clone());
    let stored =
        SerializedEvent::new("id".into(), 1, stream.into(), event_type, version, golden.payload.clone(), Value::Null);
    upcasters().iter().fold(stored, |event, upcaster| {
        if upcaster.can_upcast(&event.event_type, &event.event_version) { upcaster.upcast(event) } else { event }
    })
}

/// Without what a destroyed key leaves unreadable: `{"key"}` and `{"key", "open": null}` are the same.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(name, field)| !(*name == "open" && field.is_null()));
            Value::Object(kept.map(|(name, field)| (name.clone(), without_nulls(field))).collect())
        }
    }
}

fn reads_and_writes<A: Aggregate>() {
    let mut aggregate = A::default();
    for (name, golden) in golden(A::TYPE) {
        let stored = upcast(A::TYPE, &golden);
        let event: A::Event = serde_json::from_value(stored.payload.clone()).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(event.event_type(), stored.event_type, "{name}");
        assert_eq!(event.event_version(), stored.event_version, "{name}");

        let written = serde_json::to_value(&event).unwrap();
        assert_eq!(written["type"], stored.event_type, "{name}");
        assert_eq!(without_nulls(&written), without_nulls(&stored.payload), "{name}");
        assert_eq!(serde_json::from_value::<A::Event>(written).unwrap(), event, "{name}");

        aggregate.apply(event);
        let state = serde_json::to_value(&aggregate).unwrap();
        let again: A = serde_json::from_value(state.clone()).unwrap();
        assert_eq!(serde_json::to_value(again).unwrap(), state, "the state after {name}");
    }
}

#[test]
fn every_golden_event_is_read_folded_and_written_again() {
    reads_and_writes::<User>();
    reads_and_writes::<Admins>();
    reads_and_writes::<Session>();
    reads_and_writes::<Settings>();
    reads_and_writes::<Room>();
    reads_and_writes::<Membership>();
    reads_and_writes::<Message>();
    reads_and_writes::<Reaction>();
    reads_and_writes::<Reading>();
    reads_and_writes::<Invite>();
    reads_and_writes::<File>();
    reads_and_writes::<GivenUp>();
    reads_and_writes::<Call>();
    reads_and_writes::<Audit>();
    reads_and_writes::<Holds>();
    reads_and_writes::<Completion>();
    reads_and_writes::<Expiry>();
}

#[test]
fn none_was_changed_or_taken_away() {
    let listed = fs::read_to_string(folder().join("SHA256SUMS")).unwrap();
    let mut files: Vec<String> = vec![];
    for (stream, _) in STREAMS {
        let entries = fs::read_dir(folder().join(stream)).unwrap().map(|entry| entry.unwrap().file_name());
        files.extend(entries.map(|name| format!("{stream}/{}", name.into_string().unwrap())));
    }
    files.sort();
    let found = files.iter().map(|file| {
        let digest = Sha256::digest(fs::read(folder().join(file)).unwrap());
        let hex = digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        format!("{hex}  {file}")
    });
    assert_eq!(found.collect::<Vec<_>>(), listed.lines().collect::<Vec<_>>(), "see golden/README.md");
}

#[test]
fn every_type_of_event_has_a_golden_one_and_every_golden_one_its_name() {
    for (stream, types) in STREAMS {
        let golden = golden(stream);
        let found: BTreeSet<&str> = golden.iter().map(|(_, golden)| golden.event_type.as_str()).collect();
        let missing: Vec<_> = types.iter().filter(|name| !found.contains(*name)).collect();
        assert_eq!(missing, Vec::<&&str>::new(), "of {stream}");
        for (name, Golden { event_type, .. }) in &golden {
            let variant = name.strip_prefix(event_type.as_str());
            assert!(variant.is_some_and(|variant| variant.is_empty() || variant.starts_with('_')), "{stream}/{name}");
        }
    }
}

#[test]
fn every_golden_folder_is_a_stream() {
    let streams: BTreeSet<String> = STREAMS.iter().map(|(stream, _)| (*stream).to_owned()).collect();
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap());
    let folders: BTreeSet<String> = entries
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, streams);
}

#[test]
fn names_of_events_are_unique_across_streams() {
    let names: Vec<&str> = STREAMS.iter().flat_map(|(_, types)| types.iter().copied()).collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}
