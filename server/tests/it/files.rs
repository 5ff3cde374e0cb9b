//! Files.

mod bucket;
mod collecting;
pub(crate) mod content;
mod faults;
mod forwards;
mod held;
pub(crate) mod images;
mod matrix;
mod messages;
mod model;
mod permissions;
mod quotas;
mod ready;
mod resumable;
mod secret;
mod sending;
mod uploads;

use std::path::Path;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::harness::{Answer, TestApp};

/// The address of a file, and what is below it.
fn file(id: Uuid, below: &str) -> String {
    format!("/v1/files/{id}{below}")
}

/// Whether any file below a folder holds these bytes.
pub(crate) fn holds(folder: &Path, word: &str) -> bool {
    assert!(folder.is_dir(), "{} is not there", folder.display());
    is_held(folder, word)
}

/// Whether a file, or one below a folder, holds these bytes. What is there may go while it is read.
fn is_held(path: &Path, word: &str) -> bool {
    if let Ok(entries) = std::fs::read_dir(path) {
        return entries.flatten().any(|entry| is_held(&entry.path(), word));
    }
    std::fs::read(path).is_ok_and(|bytes| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
}

/// How many files there are below a part of the folder of bytes.
pub(crate) fn count(app: &TestApp, part: &str) -> usize {
    fn within(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { within(&path) } else { 1 }).sum()
    }
    let folder = app.setup.folder.path();
    let folder = if app.setup.is_in_a_bucket() { folder.join("uploads") } else { folder.join("blobs") };
    within(&folder.join(part))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Waits until so many blobs are left.
pub(crate) async fn left(app: &TestApp, blobs: usize) {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let kept = app.setup.blobs_kept().await;
        if kept == blobs {
            break;
        }
        assert!(Instant::now() < deadline, "{kept} are left where {blobs} are to be");
        // Polls the folder, or the bucket.
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until a receipt is final.
async fn becomes_final(app: &TestApp, receipt: &Answer) {
    let address = receipt.body["address"].as_str().expect("an address");
    let deadline = Instant::now() + Duration::from_mins(1);
    while app.get(address).await.expect(200).body["status"] != "final" {
        assert!(Instant::now() < deadline, "it stays provisional");
        // Polls the receipt, as whoever has its address may.
        sleep(Duration::from_millis(5)).await;
    }
}
