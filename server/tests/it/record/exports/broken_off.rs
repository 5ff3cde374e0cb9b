//! Exports that are broken off are gone on with, and are then what they would have been.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use super::{exports, files, manifest, with_key};
use crate::erasures::{erases, finished};
use crate::files::holds;
use crate::harness::{Setup, TestApp};
use crate::record::verify;

/// A part of the log, which ends before all that fits.
const PART: &[&str] = &["--type=message_sent", "--limit=5"];

/// What an export leaves behind that was asked for as this one, and has so many whole files.
fn plan(export: &Path, parts: usize) -> Value {
    let told = manifest(export);
    let format = match told["format"].as_str().unwrap() {
        "parquet" => "parquet, 3 events a file".to_owned(),
        text => text.to_owned(),
    };
    json!({
        "format": format, "filter": told["filter"], "reason": told["reason"], "accesses": told["accesses"],
        "origin": told["origin"], "epoch": told["epoch"], "end": told["end"], "began_at": told["began_at"],
        "parts": told["files"].as_array().unwrap()[..parts],
    })
}

fn write(path: &str, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_file_that_was_cut_anywhere_becomes_what_it_would_have_been() {
    let (app, _, _) = with_key().await;
    more_is_said(&app).await;
    for (format, part) in [("ndjson", &[][..]), ("cloudevents", &[]), ("ndjson", PART), ("cloudevents", PART)] {
        let flags = [&["--format", format], part].concat();
        let file = app.setup.folder.path().join(format!("export-{}.{format}", part.len()));
        assert!(exports(&app.setup, &file, &flags).await.status.success());
        let (whole, told) = (std::fs::read(&file).unwrap(), manifest(&file));
        let third = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0;
        let cuts = [0, 1, 2, third - 1, third, third + 1, third + 100, whole.len() - 3, whole.len()];
        for cut in cuts {
            let path = file.to_str().unwrap();
            std::fs::remove_file(&file).unwrap();
            write(&format!("{path}.part"), &whole[..cut]);
            write(&format!("{path}.part.json"), plan(&file, 0).to_string().as_bytes());
            let accessed = app.head().await + 1;
            let gone_on = exports(&app.setup, &file, &flags).await;
            assert!(gone_on.status.success(), "{flags:?} cut at {cut}: {gone_on:?}");
            assert!(std::fs::read(&file).unwrap() == whole, "{flags:?} cut at {cut} of {}", whole.len());
            let now = manifest(&file);
            assert_eq!((&now["files"], &now["events"]), (&told["files"], &told["events"]));
            assert_eq!(now["accesses"].as_array().unwrap().last(), Some(&json!(accessed)), "on record again");
        }
    }
}

#[tokio::test]
async fn a_folder_is_gone_on_with_after_its_last_whole_file() {
    let (app, _, _) = with_key().await;
    more_is_said(&app).await;
    let flags = ["--format=parquet", "--events-per-file=3"];
    for part in [PART, &[]] {
        let folder = app.setup.folder.path().join(format!("export-{}.parquet", part.len()));
        let flags = [&flags, part].concat();
        assert!(exports(&app.setup, &folder, &flags).await.status.success());
        let (whole, told) = (files(&folder), manifest(&folder));
        assert!(whole.len() > 1, "{told:#}");
        for parts in 0..=whole.len() {
            let plan = plan(&folder, parts);
            for number in parts + 1..=whole.len() {
                std::fs::remove_file(folder.join(format!("{number:05}.parquet"))).unwrap();
            }
            write(&format!("{}.part.json", folder.display()), plan.to_string().as_bytes());
            write(&format!("{}/{:05}.parquet.part", folder.display(), parts + 1), b"PAR1 half");
            let gone_on = exports(&app.setup, &folder, &flags).await;
            assert!(gone_on.status.success(), "{flags:?} after {parts}: {gone_on:?}");
            assert!(files(&folder) == whole, "{flags:?} after {parts}");
            assert_eq!(manifest(&folder)["files"], told["files"], "{flags:?} after {parts}");
        }
    }
    // What is another export's is neither gone on with nor mixed in.
    let folder = app.setup.folder.path().join("export-0.parquet");
    let other = exports(&app.setup, &folder, &["--format=parquet", "--events-per-file=100"]).await;
    assert!(
        !other.status.success() && String::from_utf8_lossy(&other.stderr).contains("of another export"),
        "{other:?}"
    );
    let otherwise = exports(&app.setup, &folder, &flags).await;
    let text = String::from_utf8_lossy(&otherwise.stderr).into_owned();
    assert!(!otherwise.status.success() && text.contains("was asked for otherwise"), "{text}");
}

/// With what was said before it is more than a part takes.
async fn more_is_said(app: &TestApp) {
    let (bob, room) = app.member_of_a_room("bob").await;
    for text in ["four", "five", "six"] {
        bob.sends(&room, text).await;
    }
}

/// Kills an export once a file of it is there that is not empty, or lets it end if it is quicker.
async fn killed(setup: &Setup, export: &Path, flags: &[&str], once: &Path) {
    let arguments = ["audit", "export", "--reason=yearly", "--output", export.to_str().unwrap()];
    let mut exporting = setup.process(arguments.iter().chain(flags).copied()).spawn().unwrap();
    while std::fs::metadata(once).map_or(0, |about| about.len()) == 0 && exporting.try_wait().unwrap().is_none() {
        // Polls until it has begun to write.
        sleep(Duration::from_micros(200)).await;
    }
    exporting.kill().await.unwrap();
}

/// A log of as many events as take some time to be written.
async fn with_many_events() -> Setup {
    let setup = Setup::without_nats().await;
    sqlx::raw_sql(
        "insert into log.events select 'blob', p::text, 1, 'blob_claimed', '1', '{}', \
             json_build_object('room_id', null, 'text', repeat('x', 500)), p, gen_random_uuid(), now() \
         from generate_series((select position + 1 from log.head), (select position + 20000 from log.head)) p; \
         update log.head set position = position + 20000, recorded_at = now();",
    )
    .execute(&mut PgConnection::connect(&setup.superuser_url).await.unwrap())
    .await
    .unwrap();
    setup
}

#[tokio::test]
async fn an_export_that_is_killed_goes_on_where_it_stopped() {
    let setup = with_many_events().await;
    let file = setup.folder.path().join("killed.ndjson");
    for _ in 0..3 {
        killed(&setup, &file, &[], &setup.folder.path().join("killed.ndjson.part")).await;
    }
    assert!(exports(&setup, &file, &[]).await.status.success());
    let end = manifest(&file)["end"].as_i64().unwrap();
    let whole = setup.folder.path().join("whole.ndjson");
    assert!(exports(&setup, &whole, &[&format!("--until={end}")]).await.status.success());
    assert!(std::fs::read(&file).unwrap() == std::fs::read(&whole).unwrap());
}

#[tokio::test]
async fn a_folder_that_is_killed_between_two_pages_goes_on_with_the_next_file() {
    let setup = with_many_events().await;
    let folder = setup.folder.path().join("killed.parquet");
    // Of a page of the log a dozen files and more are made.
    let flags = ["--format=parquet", "--events-per-file=150"];
    for last in [5, 33, 60] {
        killed(&setup, &folder, &flags, &folder.join(format!("{last:05}.parquet"))).await;
    }
    assert!(!folder.join("00134.parquet").exists(), "it was not killed: this tests nothing");
    let gone_on = exports(&setup, &folder, &flags).await;
    assert!(gone_on.status.success(), "{gone_on:?}");
    let told = manifest(&folder);
    assert_eq!(told["accesses"].as_array().unwrap().len(), 4);
    let whole = setup.folder.path().join("whole.parquet");
    let until = format!("--until={}", told["end"]);
    assert!(exports(&setup, &whole, &[&flags[..], &[&until]].concat()).await.status.success());
    let bytes = |export: &Path| files(export).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    assert_eq!(bytes(&folder).len(), 134);
    assert!(bytes(&folder) == bytes(&whole));
}

#[tokio::test]
async fn what_was_opened_before_an_erasure_is_not_taken_over_after_it() {
    let (app, ada, key) = with_key().await;
    let (bob, room) = app.member_of_a_room("bob").await;
    bob.sends(&room, "canary-opened-5a1e").await;
    let destroyed = async || -> i64 {
        let newest = "select coalesce(max(destroyed_as), 0) from keys.key";
        sqlx::query_scalar(newest).fetch_one(&app.pool).await.unwrap()
    };
    let (mut begun, at) = (vec![], destroyed().await);
    let in_files = ["--open", "--format=parquet", "--events-per-file=3"];
    for (format, flags) in [("ndjson", &in_files[..1]), ("parquet", &in_files[..])] {
        let file = app.setup.folder.path().join(format!("export.{format}"));
        assert!(exports(&app.setup, &file, flags).await.status.success());
        let mut plan = plan(&file, if format == "parquet" { 3 } else { 0 });
        plan["destroyed"] = json!(at);
        if format == "ndjson" {
            assert!(std::fs::read_to_string(&file).unwrap().contains("canary-opened-5a1e"));
            std::fs::rename(&file, format!("{}.part", file.display())).unwrap();
        } else {
            for number in 5..=files(&file).len() {
                std::fs::remove_file(file.join(format!("{number:05}.parquet"))).unwrap();
            }
        }
        write(&format!("{}.part.json", file.display()), plan.to_string().as_bytes());
        begun.push((format, file, flags));
    }
    finished(&ada, &erases(&bob).await.expect(200)).await;
    for (format, file, flags) in begun {
        let gone_on = exports(&app.setup, &file, flags).await;
        let said = String::from_utf8_lossy(&gone_on.stderr).into_owned();
        assert!(gone_on.status.success() && said.contains("it begins anew"), "{gone_on:?}");
        let until = format!("--until={}", manifest(&file)["end"]);
        let whole = file.with_file_name(format!("whole.{format}"));
        assert!(exports(&app.setup, &whole, &[flags, &[&until]].concat()).await.status.success());
        let bytes = |export: &Path| files(export).into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
        assert!(bytes(&file) == bytes(&whole), "{format}");
        assert!(verify(&app.setup, &file, &["--key", key.to_str().unwrap()]).await.status.success());
    }
    assert!(!holds(app.setup.folder.path(), "canary-opened-5a1e"));
}
