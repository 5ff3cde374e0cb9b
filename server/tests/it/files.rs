//! Files.

mod bucket;
mod collecting;
mod content;
mod faults;
mod forwards;
mod messages;
mod permissions;
mod quotas;
mod ready;
mod resumable;
mod uploads;

use uuid::Uuid;

use crate::harness::TestApp;

/// The address of a file, and what is below it.
fn file(id: Uuid, below: &str) -> String {
    format!("/v1/files/{id}{below}")
}

/// How many files there are below a part of the folder of bytes.
fn count(app: &TestApp, part: &str) -> usize {
    fn within(folder: &std::path::Path) -> usize {
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
