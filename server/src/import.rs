//! Imports: another system's history as facts of this log, under ids derived from it, so that it is told once however
//! often it is imported.

mod apply;
mod bytes;
mod emoji;
mod fact;
mod faults;
mod irc;
mod mattermost;
mod slack;
mod spool;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

pub(crate) use apply::{Applied, Importer, Keeping};
pub(crate) use bytes::Folder;
pub(crate) use fact::{Dated, Fact, Shape};
use faults::Place;
pub(crate) use faults::{Bad, Faults};
pub(crate) use irc::irc;
pub(crate) use mattermost::{Export, Watch, mattermost};
pub(crate) use slack::slack;

/// What was read of a source: its facts, in the order in which they are to be told, and what could not be read.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// First of all: who there is and where.
    pub(crate) beginnings: Vec<Dated>,
    /// What happened in each room, in its order. Rooms do not wait for each other.
    pub(crate) rooms: Vec<Vec<Dated>>,
    /// What could not be read, or not as it stands there.
    pub(crate) faults: Faults,
}

impl Read {
    /// How many facts there are.
    pub(crate) fn count(&self) -> usize {
        self.beginnings.len() + self.rooms.iter().map(Vec::len).sum::<usize>()
    }

    /// How many files go with messages, and of how many of them the bytes are here.
    pub(crate) fn files(&self) -> (usize, usize) {
        let files = self.rooms.iter().flatten().filter_map(|dated| {
            let Fact::File { id, bytes, .. } = &dated.fact else { return None };
            Some((id, bytes.is_some()))
        });
        let files = files.collect::<BTreeMap<_, _>>();
        (files.len(), files.values().filter(|here| **here).count())
    }

    /// How many of the facts are messages.
    pub(crate) fn messages(&self) -> usize {
        self.rooms.iter().flatten().filter(|dated| matches!(dated.fact, Fact::Message { .. })).count()
    }
}

/// A source cannot be imported at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    /// A file or folder cannot be opened.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is no export of this kind.
    #[error("{}: {why}", path.display())]
    NotAnExport {
        /// The file that says so.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// The log did not take a fact.
    #[error("the log did not take what the source tells from {0} on: {1}")]
    Refused(String, String),
}

/// A file's text; bytes that are no UTF-8 are replaced, and told.
fn text_of(path: &Path, faults: &mut Faults) -> Result<String, ImportError> {
    let bytes = std::fs::read(path).map_err(|source| ImportError::Unreadable { path: path.to_owned(), source })?;
    Ok(String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.as_bytes();
        let before = &bytes[..error.utf8_error().valid_up_to()];
        let line = before.split(|byte| *byte == b'\n').count();
        let places = bytes.utf8_chunks().filter(|chunk| !chunk.invalid().is_empty()).count();
        let why = format!("it is no UTF-8 in {places} places from here on, which are shown as \u{fffd}");
        faults.mend(&Place::of(path, line), why);
        String::from_utf8_lossy(bytes).into_owned()
    }))
}

/// The entries of a folder, by name.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, ImportError> {
    let unreadable = |source| ImportError::Unreadable { path: folder.to_owned(), source };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let mut paths = entries.into_iter().map(|entry| entry.path()).collect::<Vec<_>>();
    paths.sort();
    Ok(paths)
}

/// The first `most` characters, without what a name may not hold at its ends and U+0000, which nothing may.
fn cut(text: &str, most: usize) -> String {
    text.trim().replace('\0', "").chars().take(most).collect()
}

/// The first `most` characters of what was said, as it was said but for U+0000, which nothing may hold.
fn head(text: &str, most: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(most).collect()
}

/// A name of at most `most` characters, which other text can hold.
fn name(text: &str, most: usize) -> String {
    let plain = text.chars().filter(|c| !c.is_control()).collect::<String>();
    cut(&plain, most).trim_end().to_owned()
}

/// JSON as it can be stored: without U+0000.
fn clean(value: Value) -> Value {
    match value {
        Value::String(text) if text.contains('\0') => Value::String(text.replace('\0', "")),
        Value::Array(items) => items.into_iter().map(clean).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, field)| (name.replace('\0', ""), clean(field))).collect()
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
    }
}

/// Why something is not of the form; where in it is of no use to who knows the line in the file.
fn why(error: &serde_json::Error) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_owned()
}
