//! Exports that say more than is hashed, or say it elsewhere, with a manifest to match.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{exports, manifest, told, verify, with_key};
use crate::harness::TestApp;

/// An export whose files may be changed.
struct Forgery<'a> {
    app: &'a TestApp,
    key: &'a Path,
    export: PathBuf,
    manifest: Value,
}

impl<'a> Forgery<'a> {
    async fn of(app: &'a TestApp, key: &'a Path, format: &str) -> Self {
        let export = app.setup.folder.path().join(format!("export.{format}"));
        assert!(exports(&app.setup, &export, &["--format", format]).await.status.success());
        let manifest = manifest(&export);
        Self { app, key, export, manifest }
    }

    /// What is told of it if its file is changed, and its manifest describes that.
    async fn told(&self, change: impl Fn(&[u8]) -> Vec<u8>) -> String {
        let file = self.export.with_file_name(self.manifest["files"][0]["name"].as_str().unwrap());
        let whole = std::fs::read(&file).unwrap();
        let forged = change(&whole);
        assert!(forged != whole, "nothing was changed");
        std::fs::write(&file, &forged).unwrap();
        let told =
            self.described(|manifest| manifest["files"][0]["sha256"] = json!(hex::encode(Sha256::digest(&forged))));
        let told = told.await;
        std::fs::write(&file, whole).unwrap();
        told
    }

    /// What is told of it if its manifest is changed.
    async fn described(&self, change: impl Fn(&mut Value)) -> String {
        let mut manifest = self.manifest.clone();
        change(&mut manifest);
        std::fs::write(format!("{}.manifest.json", self.export.display()), manifest.to_string()).unwrap();
        told(self.app, &self.export, self.key).await
    }
}

/// Puts a text in the place of another, so many times.
fn replaced(text: &[u8], from: &str, to: &str, times: usize) -> Vec<u8> {
    String::from_utf8(text.to_vec()).unwrap().replacen(from, to, times).into_bytes()
}

#[tokio::test]
async fn members_that_no_export_has_are_refused() {
    let (app, _, key) = with_key().await;
    for (format, first) in [("ndjson", "{\"position\""), ("cloudevents", "{\"specversion\"")] {
        let export = Forgery::of(&app, &key, format).await;
        for (more, named) in [("note", "note"), ("Payload", "Payload"), ("metadata", "metadata")] {
            let beginning = first.replacen('{', &format!("{{\"{more}\":\"x\","), 1);
            let told = export.told(|text| replaced(text, first, &beginning, 1)).await;
            let begins = told.starts_with("position 1: not an event of an export: ");
            assert!(begins && (told.contains(&format!("field `{named}`")) || told.contains("invalid type")), "{told}");
        }
    }
}

#[tokio::test]
async fn what_has_no_end_is_not_read_to_its_end() {
    let (app, _, key) = with_key().await;
    let file = app.setup.folder.path().join("export.ndjson");
    assert!(exports(&app.setup, &file, &[]).await.status.success());
    let whole = std::fs::read(&file).unwrap();
    let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    std::fs::write(&file, &whole[..first]).unwrap();
    // Nothing but zeros follows, which take no room on the disk.
    let endless = std::fs::OpenOptions::new().write(true).open(&file).unwrap();
    endless.set_len(first as u64 + (65 << 20)).unwrap();
    let refused = verify(&app.setup, &file, &["--key", key.to_str().unwrap()]).await;
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{told}");
    assert!(told.contains("export.ndjson: line 2 is longer than 64 MiB"), "{told}");
    for command in ["verify-receipt", "verify-proof"] {
        let refused = app.setup.command(["audit", command, "/dev/zero", "--key", key.to_str().unwrap()]).await;
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert_eq!(refused.status.code(), Some(1), "{told}");
        assert!(told.contains("/dev/zero is larger than 64 MiB"), "{told}");
    }
}

#[tokio::test]
async fn cloud_events_of_another_history_are_refused() {
    let (app, _, key) = with_key().await;
    let export = Forgery::of(&app, &key, "cloudevents").await;
    let (ours, other) = (export.manifest["origin"].as_str().unwrap(), uuid::Uuid::nil().to_string());
    let source = format!("urn:uuid:{other}");
    let told = export.told(|text| replaced(text, ours, &other, usize::MAX)).await;
    assert!(told.contains(&format!("position 1: the event is said to be of {source}, ")), "{told}");
    let told = export.told(|text| replaced(text, ours, &other, 1)).await;
    assert!(told.contains(&format!("position 2: the event is said to be of urn:uuid:{ours}, ")), "{told}");
    let told = export.told(|text| replaced(text, "\"epoch\":\"1\"", "\"epoch\":\"7\"", usize::MAX)).await;
    assert!(told.contains("the events are said to be of epoch 7, the manifest of epoch 1"), "{told}");
    let told = export.described(|manifest| manifest["origin"] = json!(other)).await;
    assert!(told.contains(&format!("the manifest is said to be of {other}, ")), "{told}");
}

#[tokio::test]
async fn columns_under_other_names_are_refused() {
    let (app, _, key) = with_key().await;
    let export = Forgery::of(&app, &key, "parquet").await;
    let renamed = |bytes: &[u8]| {
        let (mut renamed, name) = (bytes.to_vec(), b"payload");
        let places = (0..bytes.len() - name.len()).filter(|at| bytes[*at..].starts_with(name));
        places.for_each(|at| renamed[at] = b'P');
        renamed
    };
    let told = export.told(renamed).await;
    let named = "00001.parquet: column 8 is `REQUIRED BYTE_ARRAY Payload (JSON)`; in an export it is `REQUIRED BYTE_ARRAY payload (JSON)`";
    assert!(told.contains(named), "{told}");
}
