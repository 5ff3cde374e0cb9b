//! Files.

mod collecting;
mod content;
mod forwards;
mod messages;
mod permissions;
mod quotas;
mod resumable;
mod secret;
mod uploads;

use uuid::Uuid;

use crate::harness::TestApp;

/// The address of a file, and what is below it.
fn file(id: Uuid, below: &str) -> String {
    format!("/v1/files/{id}{below}")
}

/// Whether any file below a folder holds these bytes.
pub(crate) fn holds(folder: &std::path::Path, word: &str) -> bool {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            return holds(&path, word);
        }
        // A file may go while the folder is read.
        std::fs::read(&path).is_ok_and(|bytes| bytes.windows(word.len()).any(|window| window == word.as_bytes()))
    })
}

/// How many files there are below a part of the folder of bytes.
fn count(app: &TestApp, part: &str) -> usize {
    fn within(folder: &std::path::Path) -> usize {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| if path.is_dir() { within(&path) } else { 1 }).sum()
    }
    within(&app.setup.folder.path().join("blobs").join(part))
}
