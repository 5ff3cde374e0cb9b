//! Exports that are broken off are gone on with, and are then what they would have been.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};
use tokio::time::sleep;

use super::{exports, files, manifest, with_key};
use crate::harness::Setup;

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
    for format in ["ndjson", "cloudevents"] {
        let file = app.setup.folder.path().join(format!("export.{format}"));
        assert!(exports(&app.setup, &file, &["--format", format]).await.status.success());
        let (whole, told) = (std::fs::read(&file).unwrap(), manifest(&file));
        let third = whole.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(2).unwrap().0;
        let cuts = [0, 1, 2, third - 1, third, third + 1, third + 100, whole.len() - 3, whole.len()];
        for cut in cuts {
            let path = file.to_str().unwrap();
            std::fs::remove_file(&file).unwrap();
            write(&format!("{path}.part"), &whole[..cut]);
            write(&format!("{path}.part.json"), plan(&file, 0).to_string().as_bytes());
            let accessed = app.head().await + 1;
            let gone_on = exports(&app.setup, &file, &["--format", format]).await;
            assert!(gone_on.status.success(), "{format} cut at {cut}: {gone_on:?}");
            assert!(std::fs::read(&file).unwrap() == whole, "{format} cut at {cut} of {}", whole.len());
            let now = manifest(&file);
            assert_eq!((&now["files"], &now["events"]), (&told["files"], &told["events"]));
            assert_eq!(now["accesses"].as_array().unwrap().last(), Some(&json!(accessed)), "on record again");
        }
    }
}

#[tokio::test]
async fn a_folder_is_gone_on_with_after_its_last_whole_file() {
    let (app, _, _) = with_key().await;
    let folder = app.setup.folder.path().join("export.parquet");
    let flags = ["--format=parquet", "--events-per-file=3"];
    assert!(exports(&app.setup, &folder, &flags).await.status.success());
    let (whole, told) = (files(&folder), manifest(&folder));
    assert!(whole.len() > 2, "{told:#}");
    for parts in 0..=whole.len() {
        let plan = plan(&folder, parts);
        for number in parts + 1..=whole.len() {
            std::fs::remove_file(folder.join(format!("{number:05}.parquet"))).unwrap();
        }
        write(&format!("{}.part.json", folder.display()), plan.to_string().as_bytes());
        write(&format!("{}/{:05}.parquet.part", folder.display(), parts + 1), b"PAR1 half");
        let gone_on = exports(&app.setup, &folder, &flags).await;
        assert!(gone_on.status.success(), "after {parts}: {gone_on:?}");
        assert!(files(&folder) == whole, "after {parts}");
        assert_eq!(manifest(&folder)["files"], told["files"], "after {parts}");
    }
    // What is another export's is neither gone on with nor mixed in.
    let other = exports(&app.setup, &folder, &["--format=parquet", "--events-per-file=100"]).await;
    assert!(
        !other.status.success() && String::from_utf8_lossy(&other.stderr).contains("of another export"),
        "{other:?}"
    );
    let otherwise = exports(&app.setup, &folder, &flags).await;
    let text = String::from_utf8_lossy(&otherwise.stderr).into_owned();
    assert!(!otherwise.status.success() && text.contains("was asked for otherwise"), "{text}");
}

/// Kills an export while it writes, or lets it end if it is quicker.
async fn killed(setup: &Setup, file: &Path) {
    let arguments = ["audit", "export", "--reason=yearly", "--output", file.to_str().unwrap()];
    let mut exporting = setup.process(arguments).spawn().unwrap();
    let part = format!("{}.part", file.display());
    while std::fs::metadata(&part).map_or(0, |about| about.len()) == 0 && exporting.try_wait().unwrap().is_none() {
        // Polls until it has begun to write.
        sleep(Duration::from_micros(200)).await;
    }
    exporting.kill().await.unwrap();
}

#[tokio::test]
async fn an_export_that_is_killed_goes_on_where_it_stopped() {
    let setup = Setup::without_nats().await;
    // As many as take some time to be written.
    sqlx::raw_sql(
        "insert into log.events select 'blob', p::text, 1, 'blob_claimed', '1', '{}', \
             json_build_object('room_id', null, 'text', repeat('x', 500)), p, gen_random_uuid(), now() \
         from generate_series((select position + 1 from log.head), (select position + 20000 from log.head)) p; \
         update log.head set position = position + 20000, recorded_at = now();",
    )
    .execute(&mut PgConnection::connect(&setup.superuser_url).await.unwrap())
    .await
    .unwrap();
    let file = setup.folder.path().join("killed.ndjson");
    for _ in 0..3 {
        killed(&setup, &file).await;
    }
    assert!(exports(&setup, &file, &[]).await.status.success());
    let end = manifest(&file)["end"].as_i64().unwrap();
    let whole = setup.folder.path().join("whole.ndjson");
    assert!(exports(&setup, &whole, &[&format!("--until={end}")]).await.status.success());
    assert!(std::fs::read(&file).unwrap() == std::fs::read(&whole).unwrap());
}
