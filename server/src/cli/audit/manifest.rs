//! What stands beside an export: what it is, and how whoever has it can check that it is whole.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Describes an export. Its file is named as the export, with `.manifest.json` at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    /// `ndjson`, `cloudevents` or `parquet`.
    pub(super) format: String,
    /// Which events were asked for; empty is all.
    pub(super) filter: Value,
    /// Why.
    pub(super) reason: String,
    /// Who: `operator`, of whom there is no account.
    pub(super) by: String,
    /// Where the record says that it was read: several, if it was broken off and gone on with.
    pub(super) accesses: Vec<i64>,
    /// Names the history of the log.
    pub(super) origin: Uuid,
    /// Counts the histories.
    pub(super) epoch: i32,
    /// The log ended here, as far as the export is concerned.
    pub(super) end: i64,
    /// RFC 3339.
    pub(super) began_at: String,
    /// RFC 3339.
    pub(super) ended_at: String,
    /// Which version of Hansard wrote it.
    pub(super) version: String,
    /// How many there are in all.
    pub(super) events: u64,
    /// Of the first event; null of none.
    pub(super) first_position: Option<i64>,
    /// Of the last event.
    pub(super) last_position: Option<i64>,
    /// Its files, in order.
    pub(super) files: Vec<Part>,
    /// A signed checkpoint of the log that covers all events; null where nobody signs.
    pub(super) checkpoint: Option<String>,
    /// Base64, in the order of RFC 9162: proves that what the checkpoint covers begins with what stands in the export, of one that
    /// has all events from position 1 on.
    pub(super) consistency: Option<Vec<String>>,
}

/// A file of an export.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    /// Its name, beside the manifest; of one that is several files in a folder, with the folder's.
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) events: u64,
    pub(super) first_position: Option<i64>,
    pub(super) last_position: Option<i64>,
    /// In lower-case hex.
    pub(super) sha256: String,
}

impl Part {
    /// Counts an event that was written to it.
    pub(super) fn count(&mut self, position: i64) {
        self.first_position = self.first_position.or(Some(position));
        self.last_position = Some(position);
        self.events += 1;
    }
}

impl Manifest {
    /// Where that of an export is.
    pub(super) fn beside(export: &Path) -> PathBuf {
        with(export, ".manifest.json")
    }

    /// Whether it says that the export has all events from position 1 on.
    pub(super) fn is_whole(&self) -> bool {
        self.events > 0 && self.first_position == Some(1) && self.last_position == i64::try_from(self.events).ok()
    }

    /// Whether it says that sealed fields were opened.
    pub(super) fn is_opened(&self) -> bool {
        self.filter["open"] == true
    }

    /// Whether it says that all was asked for, and that not all is there.
    pub(super) fn is_cut_off(&self) -> bool {
        self.filter.as_object().is_some_and(serde_json::Map::is_empty) && self.last_position != Some(self.end)
    }
}

/// A path with something at its end.
pub(super) fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// The name of a file, as text.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Writes JSON to a file, whole or not at all; readable by its owner alone.
pub(super) fn write(path: &Path, value: &impl Serialize) -> io::Result<()> {
    let part = with(path, ".new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    let mut text = serde_json::to_vec_pretty(value)?;
    text.push(b'\n');
    file.write_all(&text)?;
    file.sync_all()?;
    rename(&part, path)
}

/// Removes a file, if it is there.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

/// Gives a file its name, so that it has it after a loss of power too.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)?;
    File::open(to.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")))?.sync_all()
}
