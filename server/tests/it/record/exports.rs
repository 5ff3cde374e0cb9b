//! Exports to files: what stands beside them, what is checked by it, and how a broken one is gone on with.

mod broken_off;
mod forged;

use std::path::{Path, PathBuf};
use std::process::Output;

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{checkpoint, sealed, verify};
use crate::harness::{Person, Setup, TestApp};

/// What exports are written as.
const FORMATS: [&str; 3] = ["ndjson", "cloudevents", "parquet"];

/// Runs `hansard audit export` into a file.
async fn exports(setup: &Setup, file: &Path, arguments: &[&str]) -> Output {
    let all = ["audit", "export", "--reason=yearly", "--output", file.to_str().unwrap()];
    setup.command(all.into_iter().chain(arguments.iter().copied())).await
}

/// An application whose record is signed, its auditor, and a file with the verifier keys.
async fn with_key() -> (TestApp, Person, PathBuf) {
    let (app, ada) = sealed().await;
    let key = app.setup.folder.path().join("key");
    std::fs::write(&key, ada.get("/v1/audit/checkpoint-key").await.expect(200).text).unwrap();
    (app, ada, key)
}

fn manifest(file: &Path) -> Value {
    let name = format!("{}.manifest.json", file.display());
    serde_json::from_slice(&std::fs::read(name).unwrap()).unwrap()
}

/// The files of an export, in order, each with the name that its manifest has.
fn files(file: &Path) -> Vec<(String, Vec<u8>)> {
    let folder = file.parent().unwrap();
    let names = manifest(file)["files"].as_array().unwrap().clone();
    names
        .iter()
        .map(|part| part["name"].as_str().unwrap().to_owned())
        .map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap()))
        .collect()
}

#[tokio::test]
async fn an_export_is_checked_by_what_stands_beside_it() {
    let (app, _, key) = with_key().await;
    for format in FORMATS {
        let file = app.setup.folder.path().join(format!("export.{format}"));
        let end = app.head().await;
        let exported = exports(&app.setup, &file, &["--format", format, "--events-per-file=5"]).await;
        assert!(exported.status.success() && exported.stdout.is_empty(), "{exported:?}");
        let told = manifest(&file);
        for (field, value) in [
            ("format", json!(format)),
            ("filter", json!({})),
            ("reason", json!("yearly")),
            ("by", json!("operator")),
            ("accesses", json!([end + 1])),
            ("events", json!(end)),
            ("first_position", json!(1)),
            ("last_position", json!(end)),
            ("end", json!(end)),
        ] {
            assert_eq!(told[field], value, "{field} of {format}");
        }
        let files = files(&file);
        assert_eq!(files.len(), if format == "parquet" { usize::try_from(end).unwrap().div_ceil(5) } else { 1 });
        for (part, (name, bytes)) in told["files"].as_array().unwrap().iter().zip(&files) {
            assert_eq!(
                (&part["sha256"], &part["bytes"]),
                (&json!(hex::encode(Sha256::digest(bytes))), &json!(bytes.len())),
                "{name}"
            );
        }
        let agreed = verify(&app.setup, &file, &["--key", key.to_str().unwrap()]).await;
        let text = format!("{end} events are as they were recorded; the files are those that the manifest describes\n");
        assert_eq!(
            (agreed.status.success(), String::from_utf8_lossy(&agreed.stdout)),
            (true, text.into()),
            "{agreed:?}"
        );
        assert!(!Path::new(&format!("{}.part.json", file.display())).exists());
    }
}

/// What is told of a changed export.
async fn told(app: &TestApp, file: &Path, key: &Path) -> String {
    let found = verify(&app.setup, file, &["--key", key.to_str().unwrap()]).await;
    assert!(!found.status.success(), "{found:?}");
    String::from_utf8([found.stdout, found.stderr].concat()).unwrap()
}

#[tokio::test]
async fn a_manifest_that_was_rewritten_talks_nobody_out_of_checking() {
    let (app, _, key) = with_key().await;
    let file = app.setup.folder.path().join("export.ndjson");
    assert!(exports(&app.setup, &file, &[]).await.status.success());
    let beside = app.setup.folder.path().join("export.ndjson.manifest.json");
    let (events, manifest) = (std::fs::read_to_string(&file).unwrap(), std::fs::read_to_string(&beside).unwrap());
    let rewritten = |events: &str, change: &dyn Fn(&mut Value)| {
        let mut manifest: Value = serde_json::from_str(&manifest).unwrap();
        manifest["files"][0]["sha256"] = json!(hex::encode(Sha256::digest(events)));
        change(&mut manifest);
        std::fs::write(&file, events).unwrap();
        std::fs::write(&beside, manifest.to_string()).unwrap();
    };
    // Another event, called a part of the log.
    rewritten(&events.replacen("message", "massage", 1), &|manifest| manifest["first_position"] = json!(2));
    assert!(told(&app, &file, &key).await.contains("said to be a part of the log"));
    // The last event left out.
    let lines: Vec<&str> = events.lines().collect();
    let (_, but_last) = lines.split_last().unwrap();
    rewritten(&format!("{}\n", but_last.join("\n")), &|manifest| {
        manifest["events"] = json!(but_last.len());
        manifest["last_position"] = json!(but_last.len());
    });
    let wanted =
        format!("the export ends at position {}: there was more, up to position {}", but_last.len(), lines.len());
    assert!(told(&app, &file, &key).await.contains(&wanted));
}

#[tokio::test]
async fn what_was_changed_in_a_file_is_found_and_named() {
    let (app, _, key) = with_key().await;
    for format in ["ndjson", "cloudevents"] {
        let file = app.setup.folder.path().join(format!("export.{format}"));
        assert!(exports(&app.setup, &file, &["--format", format]).await.status.success());
        let text = std::fs::read_to_string(&file).unwrap();
        let lines: Vec<_> = text.lines().collect();
        let at = usize::from(format == "cloudevents") + 4;
        let changed = lines[at].replacen("\"version\":\"1\"", "\"version\":\"2\"", 1);
        assert_ne!(changed, lines[at]);
        for (lines, named) in [
            ([&lines[..at], &[&changed], &lines[at + 1..]].concat(), "position 5: the event is not the one"),
            ([&lines[..at], &lines[at + 1..]].concat(), "position 5: the export has position 6 here"),
            (lines[..at].to_vec(), "position 5: the export ends before it"),
            ([&lines[..], &[""]].concat(), "position"),
        ] {
            std::fs::write(&file, lines.join("\n") + "\n").unwrap();
            let told = told(&app, &file, &key).await;
            assert!(told.contains(named), "{format}: {told}");
        }
    }
    let folder = app.setup.folder.path().join("export.parquet");
    assert!(exports(&app.setup, &folder, &["--format=parquet", "--events-per-file=5"]).await.status.success());
    let (second, kept) = (folder.join("00002.parquet"), std::fs::read(folder.join("00002.parquet")).unwrap());
    std::fs::remove_file(&second).unwrap();
    assert!(told(&app, &folder, &key).await.contains("position 6: the export has position 11 here"));
    std::fs::copy(folder.join("00001.parquet"), &second).unwrap();
    assert!(told(&app, &folder, &key).await.contains("position 6: the export has position 1 here"));
    std::fs::write(&second, kept).unwrap();
    let last = manifest(&folder)["files"].as_array().unwrap().len();
    std::fs::remove_file(folder.join(format!("{last:05}.parquet"))).unwrap();
    let first_gone = (last - 1) * 5 + 1;
    assert!(told(&app, &folder, &key).await.contains(&format!("position {first_gone}: the export ends before it")));
}

#[tokio::test]
async fn a_part_of_the_log_is_what_auditors_are_told_over_http() {
    let (app, ada, key) = with_key().await;
    let (bob, room) = app.member_of_a_room("bob").await;
    let other = app.registers("carol").await;
    bob.adds(&room, &other).await;
    for person in [&bob, &other, &bob] {
        person.sends(&room, "hello").await;
    }
    app.settled().await;
    // Sealed as well, so that each event has its leaf whenever it is read.
    let end = checkpoint(&app, &ada).await.position().unwrap();
    let at = "select to_char(recorded_at at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') from log.events where position = $1";
    let time: String = sqlx::query_scalar(at).bind(end - 1).fetch_one(&app.pool).await.unwrap();
    let (room, bob) = (room.0.to_string(), bob.id.to_string());
    let queries = [
        vec![("room", room.as_str())],
        vec![("room", &room), ("user", &bob), ("type", "message_sent")],
        vec![("after", "3"), ("limit", "4")],
        vec![("from", &time)],
        vec![("to", &time), ("room", &room), ("open", "")],
    ];
    for (number, query) in queries.into_iter().enumerate() {
        let file = app.setup.folder.path().join(format!("part-{number}.ndjson"));
        let mut flags = vec![format!("--until={end}")];
        let mut asked = vec![("until".to_owned(), end.to_string())];
        for (name, value) in &query {
            flags.push(if value.is_empty() { format!("--{name}") } else { format!("--{name}={value}") });
            let name = if *name == "user" { "actor" } else { name };
            asked.push((name.to_owned(), if value.is_empty() { "true".to_owned() } else { (*value).to_owned() }));
        }
        let flags: Vec<_> = flags.iter().map(String::as_str).collect();
        let exported = exports(&app.setup, &file, &flags).await;
        assert!(exported.status.success(), "{exported:?}");
        let url = reqwest::Url::parse_with_params("http://x/v1/audit/events", &asked).unwrap();
        let path = format!("/v1/audit/events?{}", url.query().unwrap());
        let request = ada.request("GET", &path).header("accept", "application/x-ndjson");
        let over_http = request.header("audit-reason", "yearly").send().await.expect(200).text;
        assert_eq!(std::fs::read_to_string(&file).unwrap(), over_http, "{query:?}");
        assert!(!over_http.is_empty(), "{query:?}");
        has_the_same_events_as_parquet(&app, &file, &flags).await;
        let refused = told(&app, &file, &key).await;
        assert!(refused.contains("said to be a part of the log"), "{query:?}: {refused}");
        let part = ["--part", "--key", key.to_str().unwrap()];
        let agreed = verify(&app.setup, &file, &part).await;
        let text = String::from_utf8_lossy(&agreed.stdout).into_owned();
        assert!(agreed.status.success() && text.contains("of a part of the log"), "{query:?}: {agreed:?}");
        std::fs::write(&file, over_http.replacen("message", "massage", 1)).unwrap();
        let found = verify(&app.setup, &file, &part).await;
        let text = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(!found.status.success() && text.contains("is not the file that the manifest describes"), "{found:?}");
    }
}

/// What was exported as NDJSON is exported as Parquet too, and told as a part of the log.
async fn has_the_same_events_as_parquet(app: &TestApp, file: &Path, flags: &[&str]) {
    let folder = file.with_extension("parquet");
    let exported = exports(&app.setup, &folder, &[&["--format=parquet", "--events-per-file=2"], flags].concat()).await;
    assert!(exported.status.success(), "{flags:?}: {exported:?}");
    let text = std::fs::read_to_string(file).unwrap();
    let line = |line: &str| -> Value {
        let event: Value = serde_json::from_str(line).unwrap();
        json!([event["position"], event["event_id"], event["opened"].is_object()])
    };
    assert_eq!(rows(&folder), text.lines().map(line).collect::<Vec<_>>(), "{flags:?}");
    for field in ["filter", "events", "first_position", "last_position"] {
        assert_eq!(manifest(&folder)[field], manifest(file)[field], "{field} of {flags:?}");
    }
    let agreed = verify(&app.setup, &folder, &["--part"]).await;
    let text = String::from_utf8_lossy(&agreed.stdout).into_owned();
    assert!(agreed.status.success() && text.contains("of a part of the log"), "{flags:?}: {agreed:?}");
}

/// The events of a folder of Parquet: where they are, which they are, and whether they are opened.
fn rows(folder: &Path) -> Vec<Value> {
    let mut rows = vec![];
    for (_, bytes) in files(folder) {
        let reader = SerializedFileReader::new(Bytes::from(bytes)).unwrap();
        for row in reader.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            rows.push(json!([row.get_long(0).unwrap(), row.get_string(1).unwrap(), row.get_string(10).is_ok()]));
        }
    }
    rows
}

#[tokio::test]
async fn what_an_export_opens_is_said_to_be_the_word_of_whoever_wrote_it() {
    let (app, _, key) = with_key().await;
    for format in FORMATS {
        for (flags, opened) in [(vec![], false), (vec!["--open"], true)] {
            let file = app.setup.folder.path().join(format!("{opened}.{format}"));
            let exported = exports(&app.setup, &file, &[&["--format", format], &flags[..]].concat()).await;
            assert!(exported.status.success(), "{exported:?}");
            let agreed = verify(&app.setup, &file, &["--key", key.to_str().unwrap()]).await;
            let told = String::from_utf8_lossy(&agreed.stdout).into_owned();
            assert!(agreed.status.success() && told.contains("as they were recorded"), "{agreed:?}");
            assert_eq!(told.contains("is the word of whoever wrote the file"), opened, "{format}: {told}");
            let part = verify(&app.setup, &file, &["--part", "--key", key.to_str().unwrap()]).await;
            let told = String::from_utf8_lossy(&part.stdout).into_owned();
            assert_eq!(told.contains("is the word of whoever wrote the file"), opened, "a part of {format}: {told}");
        }
    }
}
